import assert from 'node:assert/strict';
import { Cron } from 'croner';
import fc from 'fast-check';
import { describe } from '../../compiler/testing/suite.ts';
import {
  complement,
  formatDecimal,
  formatDuration,
  formatKubernetesBytes,
  formatKubernetesCpu,
  formatNginxRate,
  formatNginxSize,
  formatNginxTime,
  formatPercent,
  formatPrometheusDuration,
  formatRate,
  longestGap,
  milliseconds,
  parseBytes,
  parseCpu,
  parseCron,
  parseDuration,
  parseRate,
  parseRatio,
  perSecond,
} from './index.ts';

const value = <T>(outcome: { ok: true; value: T } | { ok: false; reason: string }): T => {
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value;
};
const reason = (outcome: { ok: boolean; reason?: string }): string | undefined => outcome.reason;

describe('durations', (it) => {
  it('read every unit and combinations from large to small', () => {
    assert.equal(value(parseDuration('200ms')), 200);
    assert.equal(value(parseDuration('1h30m')), 5_400_000);
    assert.equal(value(parseDuration('0.5s')), 500);
    assert.equal(value(parseDuration('90d')), 7_776_000_000);
  });
  it('tell why a text is none', () => {
    assert.equal(reason(parseDuration('15')), 'missing-unit');
    assert.equal(reason(parseDuration('15 min')), 'not-a-number');
    assert.equal(reason(parseDuration('15min')), 'unknown-unit');
    assert.equal(reason(parseDuration('5m1h')), 'unknown-unit');
    assert.equal(reason(parseDuration('-5m')), 'negative');
    assert.equal(reason(parseDuration('0s')), 'zero');
    assert.equal(reason(parseDuration('0s', { allowZero: true })), undefined);
    assert.equal(reason(parseDuration('99999999d')), 'too-large');
    assert.equal(reason(parseDuration('0.3ms')), 'not-exact');
  });
  it('print and read back to the same value in every format of ours', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), (ms) => {
        assert.equal(value(parseDuration(formatDuration(milliseconds(ms)))), ms);
        assert.equal(value(parseDuration(formatPrometheusDuration(milliseconds(ms)))), ms);
      }),
    );
  });
  it('never become shorter for nginx', () => {
    assert.equal(formatNginxTime(milliseconds(1500)), '1500ms');
    assert.equal(formatNginxTime(milliseconds(30_000)), '30s');
  });
});

describe('sizes, processors, shares and rates', (it) => {
  it('keep decimals exact', () => {
    assert.equal(complement(value(parseRatio('99.9%'))), 0.001);
    assert.equal(complement(value(parseRatio('99.99%'))), 0.0001);
    assert.equal(formatDecimal(14.4 * 0.001), '0.0144');
    assert.equal(formatDecimal(0.0000001), '0.0000001');
    assert.equal(formatPercent(value(parseRatio('99.95%'))), '99.95%');
  });
  it('read Kubernetes quantities and print the shortest', () => {
    assert.equal(value(parseBytes('512Mi')), 2 ** 29);
    assert.equal(formatKubernetesBytes(value(parseBytes('1024Mi'))), '1Gi');
    assert.equal(formatKubernetesBytes(value(parseBytes('10M'))), '10M');
    assert.equal(value(parseCpu('0.5')), 500);
    assert.equal(formatKubernetesCpu(value(parseCpu('1500m'))), '1500m');
    assert.equal(formatKubernetesCpu(value(parseCpu('2'))), '2');
  });
  it('refuse what cannot be kept exactly', () => {
    assert.equal(reason(parseBytes('0.3Ki')), 'not-exact');
    assert.equal(reason(parseBytes('99999999Ti')), 'too-large');
    assert.equal(reason(parseCpu('0.0001')), 'not-exact');
    assert.equal(reason(parseRatio('101%')), 'too-large');
    assert.equal(reason(parseRatio('5')), 'missing-unit');
    assert.equal(reason(parseRate('10')), 'missing-unit');
    assert.equal(reason(parseRate('10/year')), 'unknown-unit');
  });
  it('say a rate to nginx only when it can be said exactly', () => {
    assert.equal(formatNginxRate(value(parseRate('10/s'))), '10r/s');
    assert.equal(formatNginxRate(value(parseRate('90/min'))), '90r/m');
    assert.equal(formatNginxRate(value(parseRate('0.5/s'))), '30r/m');
    assert.equal(formatNginxRate(value(parseRate('100/h'))), undefined);
    assert.equal(formatRate(value(parseRate('600/min'))), '600/min');
    assert.equal(perSecond(value(parseRate('600/min'))), 10);
  });
  it('are exact for nginx, in the largest unit that fits', () => {
    assert.equal(formatNginxSize(value(parseBytes('1Mi'))), '1m');
    assert.equal(formatNginxSize(value(parseBytes('2Ki'))), '2k');
    assert.equal(formatNginxSize(value(parseBytes('1500B'))), '1500');
  });
});

describe('schedules', (it) => {
  const gapOf = (text: string) => longestGap(value(fromCron(text)));
  it('know the longest time without a run', () => {
    assert.equal(gapOf('0 * * * *'), 3_600_000);
    assert.equal(gapOf('*/15 * * * *'), 900_000);
    assert.equal(gapOf('0 2 * * *'), 86_400_000);
    assert.equal(gapOf('0 9-17 * * 1-5'), (3 * 24 - 8) * 3_600_000);
    assert.equal(gapOf('0 0 1 * *'), 31 * 86_400_000);
    assert.equal(gapOf('0 0 30 2 *'), undefined);
  });
  it('join both kinds of day by or when both are given', () => {
    assert.equal(gapOf('0 0 1 * 0'), 7 * 86_400_000);
  });
  it('say which field is wrong', () => {
    for (const text of [
      '61 * * * *',
      '* 24 * * *',
      '* * 0 * *',
      '* * * 13 *',
      '* * * * 8',
      '*/0 * * * *',
      '5-1 * * * *',
      '* * * *',
    ]) {
      assert.equal(parseCron(text).ok, false, text);
    }
  });
  it('agree with an independent implementation run by run', () => {
    const field = (low: number, high: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: low, max: high }).map(String),
        fc.integer({ min: 2, max: 12 }).map((step) => `*/${step}`),
      );
    fc.assert(
      fc.property(
        fc.tuple(
          field(0, 59),
          field(0, 23),
          fc.constantFrom('*', '1', '15'),
          fc.constantFrom('*', '1', '6-8'),
          fc.constantFrom('*', '1', '1-5', 'sun'),
        ),
        (fields) => {
          const text = fields.join(' ');
          const runs = new Cron(text, { timezone: 'UTC', legacyMode: true }).nextRuns(
            40,
            new Date(Date.UTC(2024, 0, 1)),
          );
          const observed = Math.max(
            ...runs.slice(1).map((run, index) => run.getTime() - (runs[index]?.getTime() ?? 0)),
          );
          const gap = gapOf(text);
          assert.ok(gap !== undefined && gap >= observed, `${text}: ${gap} < ${observed}`);
        },
      ),
      { numRuns: 40 },
    );
  });
});

function fromCron(text: string) {
  const outcome = parseCron(text);
  return outcome.ok ? outcome : ({ ok: false, reason: outcome.problem } as const);
}
