import * as assert from 'uvu/assert';
import { EXPORTERS } from '../../schemas/exporters/index.ts';
import systemSchema from '../../schemas/spec/system.schema.json' with { type: 'json' };
import { observedModel } from '../testing/observed-model.ts';
import { describe } from '../testing/suite.ts';
import { metricsOf } from './metrics-inventory.ts';

const sourceOf = (series: string, model = observedModel()) => metricsOf(model).find(series)?.source;

describe('metricsOf', (it) => {
  it('knows what the runtime exports, and where it is scraped', () => {
    assert.equal(metricsOf(observedModel()).find('ratelimit_requests_total')?.jobs, ['gateway']);
  });
  it('knows the three series of a histogram, and not its bare name', () => {
    for (const suffix of ['_bucket', '_count', '_sum'])
      assert.ok(sourceOf(`http_server_request_duration_seconds${suffix}`));
    assert.is(sourceOf('http_server_request_duration_seconds'), undefined);
  });
  it('knows what a service promises and measures itself', () => {
    assert.equal(sourceOf('packing_seconds_bucket'), { kind: 'service', service: 'checkout' });
    assert.equal(sourceOf('catalogue_requests_total'), { kind: 'service', service: 'catalogue' });
  });
  it('prefers what the asking service exports itself', () => {
    const model = observedModel(
      ['name: refunds_total', 'name: ratelimit_buckets'],
      ['metric: refunds_total', 'metric: queue_depth'],
    );
    assert.is(metricsOf(model).find('ratelimit_buckets')?.source.kind, 'runtime');
    assert.is(metricsOf(model).find('ratelimit_buckets', 'checkout')?.source.kind, 'service');
  });
  it('knows an exporter only where it is declared', () => {
    assert.equal(sourceOf('pg_up'), { kind: 'exporter', exporter: 'postgres' });
    assert.is(sourceOf('pg_up', observedModel([', postgres,', ','])), undefined);
  });
  it('knows the runtime only where a gateway runs', () => {
    const model = observedModel(['role: gateway', 'role: worker']);
    assert.is(sourceOf('ratelimit_requests_total', model), undefined);
  });
  it('knows what a part of the runtime exports only where the policy asks for the part', () => {
    assert.is(sourceOf('breaker_state'), undefined);
    assert.is(sourceOf('queue_length'), undefined);
    const model = observedModel([
      'apiVersion: seaworthy.dev/v1alpha1\nkind: Service',
      'apiVersion: seaworthy.dev/v1alpha1\nkind: Provider\nmetadata: { name: bank, system: shop }\nspec: { breaker: { failures: 3 } }\n---\napiVersion: seaworthy.dev/v1alpha1\nkind: Service',
    ]);
    assert.equal(sourceOf('breaker_state', model), { kind: 'runtime' });
    assert.is(sourceOf('queue_length', model), undefined);
  });
  it('knows `up`, and no metric that nobody exports', () => {
    assert.equal(sourceOf('up'), { kind: 'prometheus' });
    assert.is(sourceOf('no_such_total'), undefined);
  });
});

describe('inventories of exporters', (it) => {
  it('cover exactly what a spec may name', () => {
    const allowed = systemSchema.properties.spec.properties.monitoring.properties.exporters.items.enum;
    assert.equal(
      EXPORTERS.map(({ name }) => name),
      [...allowed].sort(),
    );
  });
});
