/**
 * Alerts about the parts of the runtime, as promtool evaluates them: each fires for its fault, is silent beside it, and is there only where
 * the policy has the part and nobody has declared the same.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Model } from '../../resolve/model/index.ts';
import { compileText } from '../../testing/compile-text.ts';
import { observedModel } from '../../testing/observed-model.ts';
import { onlyGroups, plainRules, type RuleTest, testRules } from '../../testing/run-promtool.ts';
import { describe } from '../../testing/suite.ts';
import { emitter } from './emitter.ts';

const SPEC = readFileSync(join(import.meta.dirname, '..', '..', 'testing', 'every-field.yaml'), 'utf8');

function shop(...changes: readonly (readonly [from: string, to: string])[]): Model {
  const text = changes.reduce((before, [from, to]) => {
    assert.ok(before.includes(from), from);
    return before.replace(from, to);
  }, SPEC);
  const model = compileText(text).models.find(({ system }) => system.name === 'shop');
  assert.ok(model);
  return model;
}

const artifacts = emitter.emit(shop());

type Series = RuleTest['input_series'][number];
const gateway = (metric: string, values: string, labels = '', instance = 'g1'): Series => ({
  series: `${metric}{job="gateway", namespace="shop-live", instance="${instance}"${labels === '' ? '' : `, ${labels}`}}`,
  values,
});

function fires(alert: string, minutes: number, count: number | undefined, series: readonly Series[]): void {
  const expr = `count(ALERTS{alertstate="firing", alertname="${alert}", severity="warning", system="shop"})`;
  const exp_samples = count === undefined ? [] : [{ labels: '{}', value: count }];
  const test = {
    interval: '15s',
    input_series: series,
    promql_expr_test: [{ expr, eval_time: `${minutes}m`, exp_samples }],
  };
  testRules(onlyGroups(artifacts, /^runtime-gateway$/), [test], '15s');
}

interface Case {
  readonly alert: string;
  readonly after: number;
  readonly fault: readonly Series[];
  /** The nearest that is still fine. */
  readonly fine: readonly Series[];
}

const llm = 'provider="llm"';
const orders = 'queue="debate-requests"';
const CASES: readonly Case[] = [
  {
    alert: 'BreakerOpen',
    after: 25,
    // Open, then half open for a trial, then open again: it never closes.
    fault: [gateway('breaker_state', '0x20 2x2 1x1 2x2 1x1 2x100', 'kind="upstream", name="api"')],
    fine: [gateway('breaker_state', '0x92 2x6 0x40', 'kind="upstream", name="api"')],
  },
  {
    alert: 'BreakerOpen',
    after: 5,
    fault: [gateway('breaker_state', '2x40', 'kind="provider", name="llm"')],
    fine: [gateway('breaker_state', '0x40', 'kind="provider", name="llm"')],
  },
  {
    alert: 'ProviderThrottles',
    after: 25,
    fault: [
      gateway('provider_calls_total', '0+8x120', `${llm}, result="success"`),
      gateway('provider_calls_total', '0+2x120', `${llm}, result="throttled"`),
      gateway('provider_throttled_total', '0+2x120', llm),
    ],
    fine: [
      gateway('provider_calls_total', '0+19x120', `${llm}, result="success"`),
      gateway('provider_calls_total', '0+1x120', `${llm}, result="throttled"`),
      gateway('provider_throttled_total', '0+1x120', llm),
    ],
  },
  {
    alert: 'ProviderNotConfigured',
    after: 6,
    fault: [gateway('provider_configured', '1x40', llm), gateway('provider_configured', '0x40', llm, 'g2')],
    fine: [gateway('provider_configured', '1x40', llm)],
  },
  {
    alert: 'ProviderPoolRefuses',
    after: 20,
    fault: [gateway('provider_pool_refusals_total', '0x10 0+1x100', 'pool="llm", reason="queue-full"')],
    fine: [gateway('provider_pool_refusals_total', '0x40 1x60', 'pool="llm", reason="queue-full"')],
  },
  {
    alert: 'QueueUnmeasured',
    after: 6,
    fault: [gateway('queue_up', '0x40', orders), gateway('queue_up', '0x40', orders, 'g2')],
    fine: [gateway('queue_up', '0x40', orders), gateway('queue_up', '1x40', orders, 'g2')],
  },
  {
    alert: 'QueueStuck',
    after: 6,
    fault: [gateway('queue_oldest_pending_seconds', '181x40', orders)],
    fine: [gateway('queue_oldest_pending_seconds', '180x40', orders)],
  },
  {
    alert: 'QueueDeadEntries',
    after: 6,
    fault: [gateway('queue_dead_entries', '1x40', orders)],
    fine: [gateway('queue_dead_entries', '0x40', orders)],
  },
  {
    alert: 'SharedStateLost',
    after: 3,
    fault: [gateway('shared_state_up', '1x40'), gateway('shared_state_up', '0x40', '', 'g2')],
    fine: [gateway('shared_state_up', '1x40'), gateway('shared_state_up', '0x6 1x40', '', 'g2')],
  },
  {
    alert: 'GatewayDatabaseLost',
    after: 3,
    fault: [gateway('database_up', '0x40')],
    fine: [gateway('database_up', '0x6 1x40')],
  },
  {
    alert: 'DatabasePoolExhausted',
    after: 6,
    fault: [gateway('database_pool_waiting', '3x40')],
    fine: [gateway('database_pool_waiting', '0x4 3x4 0x40')],
  },
];

const alertsIn = (model: Model, groups: RegExp): readonly string[] =>
  onlyGroups(emitter.emit(model), groups).flatMap(({ text }) =>
    [...text.matchAll(/alert: (\S+)/g)].flatMap(([, name]) => name ?? []),
  );

describe('alerts about the runtime', (it) => {
  for (const [index, { alert, after, fault, fine }] of CASES.entries()) {
    it(`${alert} fires for its fault and not beside it :: ${index}`, () => {
      fires(alert, after, 1, fault);
      fires(alert, after, undefined, fine);
    });
  }
  it('each have a case', () => {
    assert.deepEqual(
      [...new Set(alertsIn(shop(), /^runtime-/))].sort(),
      [...new Set(CASES.map(({ alert }) => alert))].sort(),
    );
  });
  it('are only there for what the policy has', () => {
    assert.deepEqual(alertsIn(observedModel(), /^runtime-/), ['GatewayDatabaseLost', 'DatabasePoolExhausted']);
  });
  it('ask whoever owns what fails', () => {
    const owners = plainRules(
      emitter.emit(
        shop(['metadata: { name: llm, system: shop }', 'metadata: { name: llm, system: shop, owner: models }']),
      ),
    ).flatMap(({ text }) => {
      const { groups }: { groups: { rules: { alert?: string; labels: Record<string, string>; expr: string }[] }[] } =
        parse(text);
      return groups.flatMap(({ rules }) =>
        rules.flatMap((rule) => (rule.alert === 'BreakerOpen' ? [rule.labels['owner']] : [])),
      );
    });
    assert.deepEqual(owners.sort(), ['models', 'orders', 'platform', 'platform']);
  });
});

describe('no alert says what a declared one says', (it) => {
  const declared = (threshold: string): readonly [string, string] => [
    '    - { name: Shallow, threshold',
    `    - { name: Mine, severity: critical, threshold: ${threshold} }\n    - { name: Shallow, threshold`,
  ];
  const system = /^system-shop$/;
  it('of the edge and of Redis :: equals 0, and below 1', () => {
    assert.ok(alertsIn(shop(), system).includes('EdgeDown'));
    assert.ok(!alertsIn(shop(declared('{ metric: nginx_up, equals: 0 }')), system).includes('EdgeDown'));
    assert.ok(!alertsIn(shop(declared('{ metric: redis_up, below: 1 }')), system).includes('RedisDown'));
  });
  it('but one that compares otherwise or looks at a part takes nothing away', () => {
    assert.ok(alertsIn(shop(declared('{ metric: nginx_up, equals: 1 }')), system).includes('EdgeDown'));
    assert.ok(
      alertsIn(shop(declared('{ metric: redis_up, matching: { instance: a }, equals: 0 }')), system).includes(
        'RedisDown',
      ),
    );
  });
  it('of breakers', () => {
    assert.ok(!alertsIn(shop(declared('{ metric: breaker_state, equals: 2 }')), /^runtime-/).includes('BreakerOpen'));
  });
});
