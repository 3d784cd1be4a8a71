import { deepEqual, equal, match } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import type { BreakerSettings } from '../resilience/breaker.ts';
import { createLog } from '../telemetry/log.ts';
import { createMetricRegistry } from '../telemetry/registry.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { testPolicy } from '../testing/policy.ts';
import { createBreakers } from './breakers.ts';

const SETTINGS: BreakerSettings = { consecutiveFailures: 2, openMs: 3_000, halfOpenProbes: 1, halfOpenMs: 5_000 };

function start() {
  const clock = createFakeClock();
  const registry = createMetricRegistry();
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = createLog(testPolicy(), { write: (line) => lines.push(JSON.parse(line)) });
  return { clock, registry, lines, breakers: createBreakers({ clock, registry, log }) };
}

describe('breakers', (it) => {
  it('shows each breaker in metrics from the start, and every change of state in metrics and log', async () => {
    const { clock, registry, lines, breakers } = start();
    breakers.use('provider', new Map([['llm', SETTINGS]]));
    match(await registry.scrape(), /^breaker_state\{kind="provider",name="llm"\} 0$/m);
    const breaker = breakers.find('provider', 'llm');
    for (let index = 0; index < 3; index += 1) {
      const ticket = breaker?.admit();
      if (ticket !== undefined) breaker?.settle(ticket, 'failure');
    }
    const open = await registry.scrape();
    match(open, /^breaker_state\{kind="provider",name="llm"\} 2$/m);
    match(open, /^breaker_transitions_total\{kind="provider",name="llm",to="open"\} 1$/m);
    match(open, /^breaker_transitions_total\{kind="provider",name="llm",to="half-open"\} 0$/m);
    match(open, /^breaker_refusals_total\{kind="provider",name="llm"\} 1$/m);
    clock.advance(3_000);
    const probe = breaker?.admit();
    match(await registry.scrape(), /^breaker_state\{kind="provider",name="llm"\} 1$/m);
    if (probe !== undefined) breaker?.settle(probe, 'success');
    const closed = await registry.scrape();
    match(closed, /^breaker_state\{kind="provider",name="llm"\} 0$/m);
    match(closed, /^breaker_transitions_total\{kind="provider",name="llm",to="closed"\} 1$/m);
    deepEqual(
      lines.map((line) => [line['level'], line['breaker'], line['to'], line['cause']]),
      [
        ['warn', 'llm', 'open', 'failures'],
        ['info', 'llm', 'half-open', 'open-time-over'],
        ['info', 'llm', 'closed', 'probe-succeeded'],
      ],
    );
  });

  it('keeps the state of a name over a new policy, and forgets names that are gone :: each kind by itself', () => {
    const { breakers } = start();
    breakers.use(
      'provider',
      new Map([
        ['llm', SETTINGS],
        ['mail', SETTINGS],
      ]),
    );
    breakers.use('upstream', new Map([['llm', SETTINGS]]));
    breakers.find('provider', 'llm')?.force('open');
    breakers.use('provider', new Map([['llm', { ...SETTINGS, openMs: 9_000 }]]));
    deepEqual(
      breakers.list().map(({ kind, name, state, retryInMs }) => [kind, name, state, retryInMs]),
      [
        ['provider', 'llm', 'open', 9_000],
        ['upstream', 'llm', 'closed', 0],
      ],
    );
    equal(breakers.find('provider', 'mail'), undefined);
  });
});
