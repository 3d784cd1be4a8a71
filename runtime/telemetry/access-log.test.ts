import fc from 'fast-check';
import { equal } from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { testExchange } from '../testing/exchange.ts';
import { testPolicy } from '../testing/policy.ts';
import { createAccessLog } from './access-log.ts';

describe('access log', (it) => {
  it('is one line of JSON, whatever stands in a path, a name or an outcome :: and leaves out what is not known', () => {
    const lines: string[] = [];
    const access = createAccessLog(testPolicy(), { write: (line) => lines.push(line) });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.option(fc.string(), { nil: undefined }), (path, outcome) => {
        access({ ...testExchange(), path, outcome }, 200, 1.23456);
        const line = lines.pop() ?? '';
        equal(line.indexOf('\n'), line.length - 1);
        const { outcome: toldOutcome, path: toldPath, ms, msg, ...others } = JSON.parse(line);
        equal([toldPath, toldOutcome], [path === '' ? undefined : path, outcome]);
        equal([ms, msg, others.status, Object.hasOwn(others, 'upstream_ms')], [1.235, 'request', 200, false]);
      }),
      {
        examples: [
          ['"', '\\'],
          ['\n{"level":"fatal"}', '\u2028'],
          ['é\u0000', '\u007f'],
        ],
      },
    );
  });
});
