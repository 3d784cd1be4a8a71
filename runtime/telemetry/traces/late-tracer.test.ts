import { equal } from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe } from '../../../compiler/testing/suite.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { createLateTracer } from './late-tracer.ts';
import { type Sampling, samplingOf } from './sampling.ts';

type Who = 'nobody' | 'a peer' | 'a stranger';

/** Whether a request is recorded: `share`, whether the ratio holds its trace id; `draw`, what chance says. */
function isRecorded(sampling: Sampling | string, who: Who, flag: '00' | '01', share: boolean, draw: number): boolean {
  if (typeof sampling === 'string') throw new Error(sampling);
  const startSpan = () => {
    throw new Error('nothing is started before it is over');
  };
  const tracing = { startSpan, sampling, isInShare: () => share };
  const tracer = createLateTracer({ tracing, clock: createFakeClock(), digest: () => 'd', random: () => draw });
  const req = new IncomingMessage(new Socket());
  if (who !== 'nobody') req.headers['traceparent'] = `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flag}`;
  return tracer.open(req, who === 'a peer').isSampled;
}

describe('the sampling of a request', (it) => {
  const HALF = samplingOf(0.5, undefined, undefined);
  const BY_ID = samplingOf(0, 'traceidratio', '0.5');
  const cases: Readonly<
    Record<string, readonly [Sampling | string, Who, '00' | '01', share: boolean, draw: number, expected: boolean]>
  > = {
    'chance decides on a new trace': [HALF, 'nobody', '00', false, 0.4, true],
    'chance decides against a new trace': [HALF, 'nobody', '00', true, 0.6, false],
    'the flag of a peer decides': [HALF, 'a peer', '01', false, 0.6, true],
    'the flag of a peer decides against': [HALF, 'a peer', '00', true, 0.4, false],
    'neither flag nor id of a stranger decide': [HALF, 'a stranger', '01', true, 0.6, false],
    'chance decides on a stranger': [HALF, 'a stranger', '00', false, 0.4, true],
    'without flags, the id decides on the trace of a peer': [BY_ID, 'a peer', '00', true, 0.6, true],
    'without flags, the id decides against the trace of a peer': [BY_ID, 'a peer', '01', false, 0.4, false],
    'without flags, chance decides on a stranger': [BY_ID, 'a stranger', '01', true, 0.6, false],
    'always_on takes all': [samplingOf(0, 'always_on', undefined), 'a peer', '00', false, 0.9, true],
    'always_off takes none': [samplingOf(1, 'always_off', undefined), 'a peer', '01', true, 0, false],
  };
  for (const [sentence, [sampling, who, flag, share, draw, expected]] of Object.entries(cases)) {
    it(sentence, () => equal(isRecorded(sampling, who, flag, share, draw), expected));
  }
});
