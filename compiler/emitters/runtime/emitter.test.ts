import assert from 'node:assert/strict';
import { EDGE_SYSTEM } from '../../testing/edge-system.ts';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { CONTROLS } from '../controls.ts';
import { emitter } from './emitter.ts';

describe('the runtime emitter', (it) => {
  const [artifact] = emitter.emit(modelOf(EDGE_SYSTEM));
  assert.ok(artifact);
  const policy: unknown = JSON.parse(artifact.text);

  it('writes one file, the same every time', () => {
    assert.equal(artifact.path, 'runtime/policy.json');
    assert.equal(emitter.emit(modelOf(EDGE_SYSTEM))[0]?.text, artifact.text);
    assert.ok(artifact.text.endsWith('}\n'));
  });

  it('marks only parts that exist', () => {
    assert.ok(artifact.origins.length > 50);
    for (const { part } of artifact.origins) assert.notEqual(at(policy, part), undefined, part);
  });

  it('traces a latency bound to its objective', () => {
    const mark = artifact.origins.find(({ part }) => part.startsWith('/telemetry/latencyBucketsMs/'));
    assert.ok(mark?.origin.kind === 'spec');
    assert.equal(at(policy, mark.part), 130);
    assert.ok(mark.origin.at.path.includes('objectives'));
  });

  it('claims known controls, with the figures of the file', () => {
    const known = new Set<string>(CONTROLS.map(({ id }) => id));
    for (const { control } of artifact.claims) assert.ok(known.has(control), control);
    const limits = artifact.claims.filter(
      ({ control, subject }) => control === 'edge/rate-limit' && subject === 'route/api/list',
    );
    assert.deepEqual(
      limits.map(({ parameters }) => parameters),
      [
        { at: 'runtime', limit: 'keys-api-key', per: 'api-key', requests: 1, periodMs: 2000, capacity: 8, status: 429 },
        {
          at: 'runtime',
          limit: 'standard-client',
          per: 'client',
          requests: 10,
          periodMs: 1000,
          capacity: 5,
          status: 429,
        },
      ],
    );
    assert.ok(
      artifact.claims.some(({ control, subject }) => control === 'identity/api-key' && subject === 'route/api/add'),
    );
  });

  it('traces every field of limits and routes that a document may state', () => {
    const emitted = emitter.emit(
      modelOf(
        EDGE_SYSTEM.replace(
          'zone: keys, per: api-key,',
          'zone: keys, dryRun: true, variants: { premium: { rate: 9/s, burst: 3 } }, per: api-key,',
        ).replace('name: list, methods: [GET]', 'name: list, cost: 2, priority: low, methods: [GET]'),
      ),
    )[0];
    const marks = new Map(emitted?.origins.map(({ part, origin }) => [part, origin]));
    const index = policyRouteIndex(JSON.parse(emitted?.text ?? ''), 'api-list');
    for (const [part, path] of [
      ['/limits/keys-api-key/dryRun', 'spec.rateLimits.3.dryRun'],
      ['/limits/keys-api-key/variants', 'spec.rateLimits.3.variants'],
      ['/limits/keys-api-key/variants/premium/capacity', 'spec.rateLimits.3.variants.premium.burst'],
      ['/limits/keys-api-key/variants/premium/periodMs', 'spec.rateLimits.3.variants.premium.rate'],
      [`/routes/${index}/cost`, 'spec.routes.1.cost'],
      [`/routes/${index}/priority`, 'spec.routes.1.priority'],
    ] as const) {
      assert.equal(marks.get(part)?.at.path.join('.'), path, part);
    }
    const stream = policyRouteIndex(JSON.parse(emitted?.text ?? ''), 'api-events');
    assert.ok(marks.has(`/routes/${stream}/keepAliveMs`));
  });

  it('claims no limit that refuses nothing, and says what a request costs', () => {
    const [emitted] = emitter.emit(
      modelOf(
        EDGE_SYSTEM.replace('zone: keys, per: api-key,', 'zone: keys, dryRun: true, per: api-key,').replace(
          'name: list, methods: [GET]',
          'name: list, cost: 2, methods: [GET]',
        ),
      ),
    );
    const claims = emitted?.claims.filter(
      ({ control, subject }) => control === 'edge/rate-limit' && subject === 'route/api/list',
    );
    assert.deepEqual(
      claims?.map(({ parameters }) => [parameters['limit'], parameters['cost']]),
      [['standard-client', 2]],
    );
  });

  it('claims what is asked for, and nothing else', () => {
    assert.deepEqual(artifact.claims.find(({ control }) => control === 'edge/websocket')?.parameters, {
      maxConnectionsPerTenant: 100,
      pingIntervalMs: 15_000,
    });
    assert.ok(!artifact.claims.some(({ control }) => /^(?:providers|identity\/signature)/.test(control)));
    // The edge owns these headers here.
    assert.ok(!artifact.claims.some(({ control }) => control === 'edge/cors' || control === 'edge/security-headers'));
    const own = emitter.emit(
      modelOf(EDGE_SYSTEM.replace('stage: production', 'stage: production\n  headerOwner: runtime')),
    )[0];
    assert.deepEqual(
      own?.claims.filter(({ subject }) => subject === 'environment').map(({ control }) => control),
      ['edge/cors', 'edge/security-headers'],
    );
  });
});

const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined),
      value,
    );

/** Where a route stands in a printed policy. */
function policyRouteIndex(printed: unknown, id: string): number {
  const routes = at(printed, '/routes');
  assert.ok(Array.isArray(routes));
  return routes.findIndex((route) => at(route, '/id') === id);
}
