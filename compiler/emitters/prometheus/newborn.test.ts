/**
 * Series that are born with the event they count: whether objectives and alerts see it, and what they must not take for a birth.
 */
import { observedModel } from '../../testing/observed-model.ts';
import { onlyGroups, type RuleTest, testRules } from '../../testing/run-promtool.ts';
import { describe } from '../../testing/suite.ts';
import { emitter } from './emitter.ts';

const artifacts = emitter.emit(observedModel());

type Series = RuleTest['input_series'][number];
type Expectation = readonly [at: string, query: string, value: number | undefined];

const replica = (instance: string) => `job="gateway", namespace="shop-production", instance="${instance}"`;
const up = (target: string, values: string): Series => ({ series: `up{${target}}`, values });
const ofOrders = (suffix: string, status: number, target: string, values: string, more = ''): Series => ({
  series: `http_server_request_duration_seconds_${suffix}{${target}, http_route="/v1/orders", http_request_method="POST", http_response_status_code="${status}"${more}}`,
  values,
});
const requests = (status: number, values: string, target = replica('g1')): Series =>
  ofOrders('count', status, target, values);

const ratio = (slo: string, window: string, service = 'checkout') =>
  `max(slo:error_ratio:rate${window}{service="${service}", slo="${slo}"})`;
const burns = (slo: string, service = 'checkout') =>
  `count(ALERTS{alertstate="firing", alertname="ErrorBudgetBurn", service="${service}", slo="${slo}", long="1h"})`;

/** A sample every 30 s. Query, time and what it yields; undefined is nothing. */
function promises(groups: RegExp, series: readonly Series[], expected: readonly Expectation[]): void {
  const promql_expr_test = expected.map(([eval_time, expr, value]) => ({
    expr,
    eval_time,
    exp_samples: value === undefined ? [] : [{ labels: '{}', value }],
  }));
  testRules(onlyGroups(artifacts, groups), [{ interval: '30s', input_series: series, promql_expr_test }]);
}

const AVAILABILITY = /^slo-checkout-availability$/;
const STEADY = '0+300x160';

describe('an objective and a series that is born with its failures', (it) => {
  it('counts a burst between two scrapes :: 3000 of 39000 in the hour, and pages', () => {
    promises(
      AVAILABILITY,
      [up(replica('g1'), '1x200'), requests(200, '0+300x200'), requests(502, '_x140 3000x60')],
      [
        ['69m', ratio('availability', '1h'), 0],
        ['72m', ratio('availability', '1h'), 3000 / 39000],
        ['72m', ratio('availability', '5m'), 0.5],
        ['72m', burns('availability'), 1],
        ['90m', ratio('availability', '1h'), 3000 / 39000],
      ],
    );
  });
  it('yields what a series that stood at zero yields', () => {
    const after = (born: string) => [up(replica('g1'), '1x160'), requests(200, STEADY), requests(503, born)];
    for (const born of ['0x120 1000x40', '_x120 1000x40'])
      promises(AVAILABILITY, after(born), [['62m', ratio('availability', '5m'), 0.25]]);
  });
  it('counts a new replica that fails from its first scrape on', () => {
    const second = replica('g2');
    const series = [up(replica('g1'), '1x160'), requests(200, STEADY), up(second, '_x120 1x40')];
    promises(
      AVAILABILITY,
      [...series, requests(500, '_x120 3000x40', second)],
      [['62m', ratio('availability', '5m'), 0.5]],
    );
  });
  it('takes a restart at the same address for a birth only of what was not there', () => {
    promises(
      AVAILABILITY,
      [up(replica('g1'), '1x160'), requests(200, STEADY), requests(500, '5000x100 _x20 1000x40')],
      [['62m', ratio('availability', '5m'), 0.25]],
    );
  });
  it('believes no birth that nobody watched :: a new Prometheus, a gap of scrapes, a replica that comes back', () => {
    const silentAt = (at: string): Expectation => [at, ratio('availability', '5m'), 0];
    const old = requests(500, '90000x160');
    promises(AVAILABILITY, [up(replica('g1'), '1x160'), requests(200, STEADY), old], [silentAt('2m')]);
    const gap = '1x60 _x60 1x40';
    promises(
      AVAILABILITY,
      [up(replica('g1'), gap), requests(200, '0+300x60 _x60 36000+300x40'), requests(500, '90000x60 _x60 90000x40')],
      [silentAt('62m')],
    );
    const away = replica('g2');
    promises(
      AVAILABILITY,
      [up(replica('g1'), '1x160'), requests(200, STEADY), up(away, gap), requests(500, '90000x60 _x60 90000x40', away)],
      [silentAt('62m')],
    );
  });
  it('counts slow answers that are the first of their status', () => {
    const slow = (suffix: string, values: string, le = '') =>
      ofOrders(suffix, 201, replica('g1'), values, le === '' ? '' : `, le="${le}"`);
    promises(
      /^slo-checkout-latency$/,
      [
        up(replica('g1'), '1x160'),
        requests(200, STEADY),
        ofOrders('bucket', 200, replica('g1'), STEADY, ', le="0.25"'),
        slow('count', '_x120 3000x40'),
        slow('bucket', '_x120 0x40', '0.25'),
      ],
      [['62m', ratio('latency', '5m'), 0.5]],
    );
  });
  it('counts those of a service that measures itself', () => {
    const target = 'job="catalogue", namespace="shop-production", instance="k1"';
    const own = (code: number, values: string): Series => ({
      series: `catalogue_requests_total{${target}, code="${code}"}`,
      values,
    });
    promises(
      /^slo-catalogue-availability$/,
      [up(target, '1x160'), own(200, STEADY), own(500, '_x120 3000x40')],
      [['62m', ratio('availability', '5m', 'catalogue'), 0.5]],
    );
  });
  for (const status of [500, 502, 503, 504]) {
    it(`counts the first ${status}`, () => {
      promises(
        AVAILABILITY,
        [up(replica('g1'), '1x160'), requests(200, STEADY), requests(status, '_x120 3000x40')],
        [['62m', ratio('availability', '5m'), 0.5]],
      );
    });
  }
});

describe('declared alerts and a series that is born with its failures', (it) => {
  const DECLARED = /^alerts-checkout$/;
  const fires = (name: string) => `count(ALERTS{alertstate="firing", alertname="${name}"})`;
  it('errorRatio sees it', () => {
    promises(
      DECLARED,
      [up(replica('g1'), '1x160'), requests(200, STEADY), requests(502, '_x120 3000x40')],
      [
        ['60m', fires('TooManyErrors'), undefined],
        ['64m30s', fires('TooManyErrors'), 1],
      ],
    );
  });
  it('latency sees it', () => {
    const slow = (le: string, values: string) => ofOrders('bucket', 200, replica('g1'), values, `, le="${le}"`);
    // Each scrape brings a route's first answers, all of them slow; the windows overlap, so it lasts longer than its six minutes.
    const late = (le: string, values: string) => ofOrders('bucket', 201, replica('g1'), values, `, le="${le}"`);
    promises(
      DECLARED,
      [
        up(replica('g1'), '1x160'),
        ...['0.5', '1', '+Inf'].map((le) => slow(le, '0+3x160')),
        late('0.5', '_x120 0x40'),
        late('1', '_x120 300+300x40'),
        late('+Inf', '_x120 300+300x40'),
      ],
      [
        ['59m', fires('TooSlow'), undefined],
        ['66m30s', fires('TooSlow'), 1],
      ],
    );
  });
});
