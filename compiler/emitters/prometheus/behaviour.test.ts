/**
 * What the rules do over time, as the real promtool evaluates them: who is told of what, and above all when nobody is.
 */

import { observedModel } from '../../testing/observed-model.ts';
import { onlyGroups, type RuleTest, testRules } from '../../testing/run-promtool.ts';
import { describe } from '../../testing/suite.ts';
import { emitter } from './emitter.ts';

const artifacts = emitter.emit(observedModel());

type Series = RuleTest['input_series'][number];

const GATEWAY = 'job="gateway", namespace="shop-production", instance="g1"';
const CHECKOUT = 'job="checkout", namespace="shop-production", instance="c1"';

const up = (target: string, values: string): Series => ({ series: `up{${target}}`, values });

/** Counts of answers to POST /v1/orders as the runtime exports them, every 30 s. */
const requests = (status: number, values: string): Series => ({
  series: `http_server_request_duration_seconds_count{${GATEWAY}, http_route="/v1/orders", http_request_method="POST", http_response_status_code="${status}"}`,
  values,
});

const bucket = (le: string, values: string): Series => ({
  series: `http_server_request_duration_seconds_bucket{${GATEWAY}, http_route="/v1/orders", http_request_method="POST", http_response_status_code="200", le="${le}"}`,
  values,
});

/** What must hold at a time: each query yields this value, or nothing. */
type Expectation = readonly [at: string, query: string, value: number | undefined];

const firing = (matchers: string): string => `count(ALERTS{alertstate="firing", ${matchers}})`;

type Promises = (series: readonly Series[], expected: readonly Expectation[]) => void;

/** States what these groups of rules do with these series. */
const promisesOf =
  (groups: RegExp, step?: string): Promises =>
  (series, expected) => {
    testRules(
      onlyGroups(artifacts, groups),
      [
        {
          interval: '30s',
          input_series: series,
          promql_expr_test: expected.map(([eval_time, expr, value]) => ({
            expr,
            eval_time,
            exp_samples: value === undefined ? [] : [{ labels: '{}', value }],
          })),
        },
      ],
      step,
    );
  };

const BURN = 'alertname="ErrorBudgetBurn", service="checkout", slo="availability"';
const LOST = 'alertname="ObjectiveSignalLost", service="checkout", slo="availability"';

describe('burn-rate alerts', (it) => {
  const promises = promisesOf(/^slo-checkout-(availability|latency)(-budget)?$/);
  it('page within three minutes of a total outage', () => {
    promises(
      [up(GATEWAY, '1x160'), requests(200, '0+300x120 36000x40'), requests(500, '0x120 0+300x40')],
      [
        ['60m', firing(BURN), undefined],
        ['63m', firing(`${BURN}, long="1h", severity="critical"`), 1],
      ],
    );
  });

  it('see a failure whose counter did not exist before', () => {
    promises(
      [up(GATEWAY, '1x160'), requests(200, '0+300x160'), requests(503, '_x120 0+300x40')],
      [
        ['59m', 'max(slo:errors:rate5m{service="checkout", slo="availability"})', 0],
        ['65m', firing(`${BURN}, long="1h"`), 1],
      ],
    );
  });

  it('say nothing of one failure in a quiet night', () => {
    // One request in ten minutes; the one at half past one fails.
    const night = '0x20 1x20 2x20 3x20 4x20 5x20 6x20 7x20 8x100';
    promises(
      [up(GATEWAY, '1x280'), requests(200, night), requests(500, '0x180 1x100')],
      [
        // The share alone would page.
        ['93m', 'max(slo:error_ratio:rate1h{service="checkout", slo="availability"}) > bool 0.0144', 1],
        ['93m', firing(BURN), undefined],
        ['100m', firing(BURN), undefined],
      ],
    );
  });

  it('say nothing while nobody calls, and keep the budget readable :: no NaN', () => {
    const ratio = (window: string) => `slo:error_ratio:${window}{service="checkout", slo="availability"}`;
    promises(
      [up(GATEWAY, '1x520'), requests(200, '0+300x60 18000x300 18000+300x160')],
      [
        ['2h30m', firing(BURN), undefined],
        ['2h30m', firing(LOST), undefined],
        ['2h30m', `count(${ratio('rate1h')})`, undefined],
        ...['rate5m', 'rate1h', 'rate6h', 'period'].map((one): Expectation => {
          return ['2h30m', `count(${ratio(one)} != ${ratio(one)})`, undefined];
        }),
        ['4h', `max(${ratio('rate6h')})`, 0],
        ['4h', 'max(slo:error_budget:remaining{service="checkout", slo="availability"})', 1],
      ],
    );
  });

  it('weigh hours by their requests', () => {
    // One busy hour with 10 % failures, two quiet ones without: 10 % of nearly all requests, not of one hour in three.
    promises(
      [up(GATEWAY, '1x360'), requests(200, '0+270x120 32400+3x240'), requests(500, '0+30x120 3600x240')],
      [
        ['3h', 'max(slo:error_ratio:rate6h{service="checkout", slo="availability"}) > bool 0.09', 1],
        ['3h', 'max(slo:error_ratio:rate6h{service="checkout", slo="availability"}) < bool 0.1', 1],
      ],
    );
  });

  it('page for requests that are too slow', () => {
    promises(
      [
        up(GATEWAY, '1x160'),
        requests(200, '0+300x160'),
        bucket('0.25', '0+300x120 36000+60x40'),
        bucket('+Inf', '0+300x160'),
      ],
      [
        ['59m', firing('slo="latency", service="checkout"'), undefined],
        ['75m', firing('alertname="ErrorBudgetBurn", slo="latency", service="checkout", long="1h"'), 1],
      ],
    );
  });
});

describe('a lost signal', (it) => {
  const promises = promisesOf(/^(slo-checkout-availability|slo-catalogue-latency|health-gateway)$/);
  const before = '0+300x120';
  it('is said, and the page is the one of the gateway', () => {
    promises(
      [up(GATEWAY, '1x120 stale'), requests(200, `${before} stale`)],
      [
        ['59m', firing(LOST), undefined],
        ['75m', firing(`${LOST}, severity="warning"`), 1],
        ['75m', firing('alertname="ServiceDown", service="gateway", severity="critical"'), 1],
      ],
    );
  });
  it('is said when the target answers no more', () => {
    promises([up(GATEWAY, '1x120 0x60'), requests(200, `${before} stale`)], [['80m', firing(LOST), 1]]);
  });
  it('is not a restart in a quiet hour', () => {
    promises([up(GATEWAY, '1x400'), requests(200, `${before} stale`)], [['3h', firing(LOST), undefined]]);
  });
  it('is said when the bucket of the objective does not exist', () => {
    const target = 'job="catalogue", namespace="shop-production", instance="k1"';
    const count: Series = { series: `catalogue_duration_seconds_count{${target}}`, values: '0+30x100' };
    const of = (le: string): Series => ({
      series: `catalogue_duration_seconds_bucket{${target}, le="${le}"}`,
      values: '0+30x100',
    });
    const lost = firing('alertname="ObjectiveSignalLost", service="catalogue", slo="latency"');
    promises([up(target, '1x100'), count, of('1.5')], [['30m', lost, 1]]);
    promises([up(target, '1x100'), count, of('2.0')], [['30m', lost, undefined]]);
  });
});

describe('declared alerts over time', (it) => {
  const promises = promisesOf(/^alerts-checkout$/);
  const errors = firing('alertname="TooManyErrors"');
  it('TooManyErrors fires for a share above the limit :: after its `for`', () => {
    promises(
      [requests(200, '0+270x60'), requests(500, '0+30x60')],
      [
        ['4m', errors, undefined],
        ['12m', errors, 1],
      ],
    );
  });
  it('TooManyErrors is silent below the limit and below the minimum rate', () => {
    promises([requests(200, '0+290x60'), requests(500, '0+10x60')], [['20m', errors, undefined]]);
    promises([requests(500, '0+3x60')], [['20m', errors, undefined]]);
  });
  it('TooSlow fires when the quantile is above its threshold, and not when nobody calls', () => {
    const slow = firing('alertname="TooSlow"');
    const buckets = (half: string, rest: string) => [bucket('0.5', half), bucket('1', rest), bucket('+Inf', rest)];
    promises(buckets('0+270x60', '0+300x60'), [['20m', slow, 1]]);
    promises(buckets('0+290x60', '0+300x60'), [['20m', slow, undefined]]);
    promises(buckets('5x60', '7x60'), [['20m', slow, undefined]]);
  });
  it('QueueLong looks at each queue and waits its seven minutes', () => {
    const queue = (name: string, values: string): Series => ({
      series: `queue_depth{${CHECKOUT}, queue="${name}"}`,
      values,
    });
    const long = firing('alertname="QueueLong"');
    promises(
      [queue('mail', '1235x40'), queue('pack', '1234x40')],
      [
        ['6m30s', long, undefined],
        ['7m30s', long, 1],
      ],
    );
  });
  it('QueueUnknown fires without the series', () => {
    promises([up(CHECKOUT, '1x20')], [['3m', firing('alertname="QueueUnknown"'), 1]]);
    promises(
      [{ series: `queue_depth{${CHECKOUT}, queue="mail"}`, values: '0x20' }],
      [['3m', firing('alertname="QueueUnknown"'), undefined]],
    );
  });

  const failed = firing('alertname="RefundFailed"');
  const refunds = (values: string, target = CHECKOUT): Series => ({
    series: `refunds_total{${target}, result="failure"}`,
    values,
  });
  it('RefundFailed fires for growth, and ends an hour later', () => {
    promises(
      [up(CHECKOUT, '1x400'), refunds('3x240 4x160')],
      [
        ['119m', failed, undefined],
        ['121m', failed, 1],
        ['182m', failed, undefined],
      ],
    );
  });
  it('RefundFailed fires for a counter that is born with its first failure', () => {
    promises([up(CHECKOUT, '1x400'), refunds('_x240 1x160')], [['121m', failed, 1]]);
  });
  it('RefundFailed fires for a counter of a new replica', () => {
    const second = CHECKOUT.replace('c1', 'c2');
    promises(
      [up(CHECKOUT, '1x400'), up(second, '_x240 1x160'), refunds('3x400'), refunds('_x240 1x160', second)],
      [['121m', failed, 1]],
    );
  });
  it('RefundFailed is not fooled by a gap of scrapes or by a new Prometheus', () => {
    promises([up(CHECKOUT, '1x60 _x120 1x100'), refunds('7x60 _x120 7x100')], [['95m', failed, undefined]]);
    promises([up(CHECKOUT, '1x100'), refunds('7x100')], [['5m', failed, undefined]]);
  });
});

describe("a latency alert over a service's own histogram", (it) => {
  const CATALOGUE = 'job="catalogue", namespace="shop-production", instance="k1"';
  const own = emitter.emit(
    observedModel([
      '  objectives:\n    - { availability: 99.5%, window: 7d }',
      '  alerts: [{ name: CatalogueSlow, for: 2m, latency: { quantile: 95%, above: 2s } }]\n  objectives:\n    - { availability: 99.5%, window: 7d }',
    ]),
  );
  const of = (le: string, values: string): Series => ({
    series: `catalogue_duration_seconds_bucket{${CATALOGUE}, le="${le}"}`,
    values,
  });
  const fires = (value: number | undefined, series: readonly Series[]): void => {
    const expr = firing('alertname="CatalogueSlow"');
    const exp_samples = value === undefined ? [] : [{ labels: '{}', value }];
    const input_series = [up(CATALOGUE, '1x40'), ...series];
    testRules(onlyGroups(own, /^alerts-catalogue$/), [
      { interval: '30s', input_series, promql_expr_test: [{ expr, eval_time: '15m', exp_samples }] },
    ]);
  };
  it('fires also where its threshold is the largest bucket', () => {
    fires(1, [of('1.0', '0x40'), of('2.0', '0x40'), of('+Inf', '0+30x40')]);
  });
  it('is silent while nineteen in twenty are in time', () => {
    fires(undefined, [of('1.0', '0+10x40'), of('2.0', '0+29x40'), of('+Inf', '0+30x40')]);
  });
});

describe('an increase without a `for`', (it) => {
  it('fires for one event, at once', () => {
    const byDefault = emitter.emit(observedModel(['for: 0s, increase', 'increase'], ['over: 1h', 'over: 5m']));
    testRules(onlyGroups(byDefault, /^alerts-checkout$/), [
      {
        interval: '30s',
        input_series: [
          up(CHECKOUT, '1x80'),
          { series: `refunds_total{${CHECKOUT}, result="failure"}`, values: '0x40 1x40' },
        ],
        promql_expr_test: [
          { eval_time: '20m', expr: firing('alertname="RefundFailed"'), exp_samples: [] },
          {
            eval_time: '21m',
            expr: firing('alertname="RefundFailed"'),
            exp_samples: [{ labels: '{}', value: 1 }],
          },
        ],
      },
    ]);
  });
});

describe('standard alerts over time', (it) => {
  const promises = promisesOf(/^(backup-orders|health-checkout)$/, '5m');
  const backup = 'namespace="shop-production", cronjob="backup-orders"';
  const late = firing('alertname="BackupLate", datastore="orders"');
  const missed = firing('alertname="RecoveryPointMissed", datastore="orders"');
  const day = (series: string): Series => ({ series: `${series}{${backup}}`, values: '0x3360' });
  it('tell of a late backup first, of the missed recovery point then', () => {
    promises(
      [day('kube_cronjob_created'), day('kube_cronjob_status_last_successful_time')],
      [
        ['24h30m', late, undefined],
        ['25h', late, 1],
        ['25h', missed, undefined],
        ['26h30m', missed, 1],
      ],
    );
  });
  it('count a backup that never succeeded from the day it was made', () => {
    promises([day('kube_cronjob_created')], [['25h', late, 1]]);
  });
  it('tell of one replica and of all', () => {
    const second = CHECKOUT.replace('c1', 'c2');
    const [one, all] = ['ReplicaUnreachable', 'ServiceDown'].map((name) =>
      firing(`alertname="${name}", service="checkout"`),
    );
    promises(
      [up(CHECKOUT, '1x60'), up(second, '0x60')],
      [
        ['20m', one ?? '', 1],
        ['20m', all ?? '', undefined],
      ],
    );
    promises([up(CHECKOUT, '0x60'), up(second, '0x60')], [['20m', all ?? '', 1]]);
  });
});
