import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { metricsOf } from '../../derive/metrics-inventory.ts';
import type { Model } from '../../resolve/model/index.ts';
import { observedModel } from '../../testing/observed-model.ts';
import { checkRules, plainRules } from '../../testing/run-promtool.ts';
import { describe } from '../../testing/suite.ts';
import { parsePromql } from '../../verify/promql.ts';
import { emitter } from './emitter.ts';
import type { AlertingRule, RecordingRule } from './rule.ts';

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly (AlertingRule | RecordingRule)[] }[];
}

const fileOf = (model: Model, name: string): RuleFile => {
  const artifact = emitter.emit(model).find(({ path }) => path === `prometheus/rules/${name}.yaml`);
  return parse(artifact?.text ?? 'groups: []');
};
const rulesOf = (model: Model, name: string) => fileOf(model, name).groups.flatMap(({ rules }) => rules);
const alertsOf = (model: Model, name: string): readonly AlertingRule[] =>
  rulesOf(model, name).filter((rule): rule is AlertingRule => 'alert' in rule);

describe('prometheus emitter', (it) => {
  const model = observedModel();
  const artifacts = emitter.emit(model);

  it('writes rules that promtool accepts, with all of its lints', () => {
    assert.match(checkRules(artifacts), 'SUCCESS');
  });

  it('queries only what a declared source exports or the same rules record', () => {
    const inventory = metricsOf(model);
    for (const { path, text } of plainRules(artifacts)) {
      for (const { expr } of parse(text).groups.flatMap((group: RuleFile['groups'][number]) => group.rules)) {
        const { errors, metrics } = parsePromql(expr);
        assert.equal(errors, [], `${path}: ${expr}`);
        for (const metric of metrics) assert.ok(inventory.find(metric), `${path} asks for ${metric}`);
      }
    }
  });

  it('lists exactly the series that the rules record', () => {
    const recorded = plainRules(artifacts).flatMap(({ text }) =>
      [...text.matchAll(/record: (\S+)/g)].map(([, name]) => name),
    );
    const listed = metricsOf(model).metrics.filter(({ source }) => source.kind === 'recorded');
    assert.equal([...new Set(recorded)].sort(), listed.map(({ name }) => name).sort());
  });

  it('puts the same groups into the object for the operator', () => {
    for (const { path, text } of plainRules(artifacts)) {
      const name = path.slice('prometheus/rules/'.length);
      const object = artifacts.find((artifact) => artifact.path === `kubernetes/monitoring/prometheusrule-${name}`);
      assert.equal(parse(object?.text ?? '').spec, parse(text));
    }
  });

  it('writes no object for the operator where there is no cluster', () => {
    const hosts = observedModel(['[grafana, kubernetes, nginx', '[grafana, nginx']);
    assert.equal(
      emitter.emit(hosts).filter(({ path }) => path.startsWith('kubernetes/')),
      [],
    );
  });

  it('gives every alert what the person who gets it needs', () => {
    for (const { path } of plainRules(artifacts)) {
      for (const { alert, labels, annotations } of alertsOf(
        model,
        path.slice('prometheus/rules/'.length, -'.yaml'.length),
      )) {
        for (const label of ['severity', 'owner', 'system', 'environment'])
          assert.ok(labels[label], `${alert} ${label}`);
        assert.ok(annotations['summary'] && annotations['description'], alert);
        assert.is(annotations['runbook_url'], `https://runbooks.example.com/shop/${alert}`);
        assert.match(annotations['dashboard_path'] ?? '', /^\/d\/[0-9a-f]{20}\/shop-production$/);
      }
    }
  });

  it('is the same to the byte for the same spec', () => {
    assert.equal(
      emitter.emit(observedModel()).map(({ text }) => text),
      artifacts.map(({ text }) => text),
    );
  });

  it('points its origins at rules that exist', () => {
    for (const { path, text, origins } of artifacts) {
      for (const { part } of origins) {
        const found = part
          .split('/')
          .slice(1)
          .reduce((node, step) => node?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], parse(text));
        assert.ok(found !== undefined, `${path} ${part}`);
      }
    }
  });
});

describe('objectives', (it) => {
  const burns = (model: Model, name: string, slo: string) =>
    alertsOf(model, name).filter(({ alert, labels }) => alert === 'ErrorBudgetBurn' && labels['slo'] === slo);
  const thresholds = (alerts: readonly AlertingRule[]) => alerts.map(({ expr }) => / > ([\d.]+)\n/.exec(expr)?.[1]);

  it('burns over four pairs of windows with exact thresholds', () => {
    const alerts = burns(observedModel(), 'checkout', 'availability');
    assert.equal(thresholds(alerts), ['0.0144', '0.006', '0.003', '0.001']);
    assert.equal(
      alerts.map(({ labels }) => `${labels['long']}/${labels['short']} ${labels['severity']}`),
      ['1h/5m critical', '6h/30m critical', '1d/2h warning', '3d/6h warning'],
    );
  });

  it('recomputes the factors for another window, and never below 1', () => {
    const alerts = burns(observedModel(), 'catalogue', 'availability');
    assert.equal(
      alerts.map(({ labels }) => labels['burn_rate']),
      ['3.36', '1.4', '1', '1'],
    );
  });

  it('leaves out a pair that no outage could reach', () => {
    // 14.4 x 0.1 is more than everything.
    assert.equal(
      burns(observedModel(), 'catalogue', 'latency').map(({ labels }) => labels['long']),
      ['6h', '1d', '3d'],
    );
  });

  it('wakes nobody for tier 3 or outside production', () => {
    const severities = (model: Model, name: string) =>
      new Set(
        alertsOf(model, name)
          .filter(({ alert }) => alert !== 'TooManyErrors')
          .map(({ labels }) => labels['severity']),
      );
    assert.equal([...severities(observedModel(), 'catalogue')], ['warning']);
    assert.equal([...severities(observedModel(['stage: production', 'stage: staging']), 'checkout')], ['warning']);
  });

  it('reads the bucket that ends exactly at the threshold', () => {
    const { expr } = rulesOf(observedModel(), 'checkout').find(
      (rule) => 'record' in rule && rule.record === 'slo:errors:rate5m' && rule.labels['slo'] === 'latency',
    ) ?? { expr: '' };
    assert.match(expr, 'http_server_request_duration_seconds_bucket{');
    assert.match(expr, 'le="0.25"');
    assert.not.match(expr, '/v1/events');
  });

  it('finds a whole bound however the exporter writes it', () => {
    const exprs = rulesOf(observedModel(), 'checkout').map(({ expr }) => expr);
    assert.ok(exprs.some((expr) => expr.includes('le=~"1(\\\\.0)?"')));
  });

  it('tells two routes of one path apart by their methods', () => {
    const { expr } = rulesOf(observedModel(), 'checkout').find(
      (rule) =>
        'record' in rule && rule.record === 'slo:requests:rate5m' && rule.labels['slo'] === 'latency-place-order',
    ) ?? { expr: '' };
    assert.match(expr, 'http_request_method="POST"');
  });

  it('promises nothing where nobody measures', () => {
    const model = observedModel(['metrics:\n    path: /metrics', 'metrics:\n    http: none']);
    const checkout = emitter.emit(model).find(({ path }) => path === 'prometheus/rules/checkout.yaml');
    assert.equal(
      checkout?.claims.filter(({ control }) => control !== 'alerts/symptom'),
      [],
    );
    assert.not.match(checkout?.text ?? '', 'http_server_request_duration_seconds');
  });

  it('claims each objective and each pair with the figures that are printed', () => {
    const claims = emitter.emit(observedModel()).find(({ path }) => path === 'prometheus/rules/checkout.yaml')?.claims;
    const about = (control: string) => claims?.filter((claim) => claim.control === control) ?? [];
    assert.is(about('observability/objective').length, 3);
    assert.equal(about('alerts/burn-rate')[0]?.parameters, {
      objective: 'availability',
      long: '1h',
      short: '5m',
      factor: 14.4,
      threshold: 0.0144,
      urgency: 'page',
    });
    assert.is(about('alerts/symptom').length, 5);
  });
});

describe('declared and standard alerts', (it) => {
  const find = (name: string, alert: string, model = observedModel()) =>
    alertsOf(model, name).find((rule) => rule.alert === alert);

  it('keeps severity and `for` word for word', () => {
    assert.is(find('checkout', 'TooManyErrors')?.for, '4m');
    assert.is(find('checkout', 'TooManyErrors')?.labels['severity'], 'critical');
    assert.is(find('checkout', 'RefundFailed')?.for, undefined);
  });

  it('selects the job that exports the metric', () => {
    assert.is(
      find('checkout', 'QueueLong')?.expr,
      'max by (queue) (queue_depth{job="checkout", namespace="shop-production"}) > 1234',
    );
    const runtime = observedModel(['metric: queue_depth, by: [queue]', 'metric: ratelimit_buckets']);
    assert.match(find('checkout', 'QueueLong', runtime)?.expr ?? '', 'job="gateway"');
  });

  it('is silent below the minimum rate by not dividing', () => {
    assert.match(find('checkout', 'TooManyErrors')?.expr ?? '', / > 1\) > 0\.05$/);
  });

  it('keeps braces of the spec out of the templates', () => {
    const model = observedModel(['name: TooSlow,', 'name: TooSlow, summary: "a {{ b",']);
    assert.is(find('checkout', 'TooSlow', model)?.annotations['summary'], 'a { { b');
    assert.match(checkRules(emitter.emit(model)), 'SUCCESS');
  });

  it('watches an autoscaler only where there is one', () => {
    assert.match(find('checkout', 'AutoscalerAtMaximum')?.expr ?? '', / >= 7$/);
    assert.is(find('catalogue', 'AutoscalerAtMaximum'), undefined);
  });

  it('needs the exporter for what it watches', () => {
    const without = observedModel(['kube-state-metrics, nginx, node, postgres, redis', 'nginx']);
    assert.is(find('checkout', 'ContainerCrashLooping', without), undefined);
    assert.is(find('datastore.orders', 'BackupLate', without), undefined);
    assert.is(find('system.shop', 'PostgresDown', without), undefined);
    assert.ok(find('system.shop', 'PostgresDown'));
  });

  it('warns of a late backup before the recovery point is missed', () => {
    // A day between two runs and twice twenty minutes; then the promise of 26 hours.
    assert.match(find('datastore.orders', 'BackupLate')?.expr ?? '', / > 88800$/);
    assert.match(find('datastore.orders', 'RecoveryPointMissed')?.expr ?? '', / > 93600$/);
    assert.is(find('datastore.orders', 'RecoveryPointMissed')?.labels['severity'], 'critical');
  });
});
