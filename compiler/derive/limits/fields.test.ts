/**
 * Every field of a limit ends somewhere: in the policy, in the nginx configuration, or in a finding. A field of the schema that has no row here
 * fails, and so does a row that changes nothing.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { compileLimits } from '../../testing/compile-limits.ts';
import { describe } from '../../testing/suite.ts';

const HEAD = 'apiVersion: seaworthy.dev/v1alpha1\n';

/** A host with nginx and a gateway; the limit of one route, and what else the route says. */
const specOf = (limit: string, route = '', more = ''): string =>
  [
    `${HEAD}kind: System\nmetadata: { name: shop, owner: o }\nspec: { title: t, targets: { wanted: [nginx, runtime] } }\n`,
    `${HEAD}kind: Environment\nmetadata: { name: production, system: shop }\nspec: { stage: production, domains: [{ host: a.example.com }] }\n`,
    `${HEAD}kind: Service\nmetadata: { name: gateway, system: shop }\nspec: { role: gateway, port: 8080, scale: { min: 1, max: 1 } }\n`,
    `${HEAD}kind: Service\nmetadata: { name: api, system: shop }\nspec:\n  port: 80\n  routes:\n    - { path: /v1, rateLimit: { rate: 10/s${limit} }${route} }\n${more}`,
  ].join('---\n');

const changed = (limit: string, route = '', more = '') => compileLimits(specOf(limit, route, more));

type Where = 'edge' | 'policy' | 'both' | 'finding';

/** By field of the schema: what is written, and where it shows. */
const FIELDS: Readonly<Record<string, readonly [written: string, where: Where]>> = {
  rate: [', rate: 11/s', 'both'],
  burst: [', burst: 3', 'both'],
  zone: [', zone: mine', 'both'],
  per: [', per: api-key', 'both'],
  at: [', at: [edge]', 'policy'],
  onStoreFailure: [', onStoreFailure: closed', 'policy'],
  variants: [', per: api-key, variants: { premium: { rate: 20/s } }', 'finding'],
  env: [', env: { rate: RPS }', 'both'],
  dryRun: [', dryRun: true', 'both'],
  shared: [', zone: mine, shared: false', 'both'],
};

/** Fields of a route that change how its limits count. */
const ROUTE_FIELDS: Readonly<Record<string, readonly [written: string, where: Where]>> = {
  // `at` names the edge, which counts one for each request.
  cost: [', cost: 2', 'finding'],
  peak: [', peak: 20/s', 'finding'],
  auth: [', auth: none', 'policy'],
};

function placesOf(before: ReturnType<typeof changed>, after: ReturnType<typeof changed>): Where | undefined {
  if (after.errors.length + after.remarks.length > before.errors.length + before.remarks.length) return 'finding';
  const differs = (told: (compiled: typeof before) => unknown) =>
    JSON.stringify(told(before)) !== JSON.stringify(told(after));
  const edge = differs(({ atEdge }) => atEdge('/v1'));
  const policy = differs(({ policy }) => [policy?.limits, policy?.routes, policy?.overrides]);
  if (edge && policy) return 'both';
  return edge ? 'edge' : policy ? 'policy' : undefined;
}

describe('every field of a limit ends somewhere', (it) => {
  it('has a row for each field of the schema', () => {
    const schema: { readonly $defs: { readonly rateLimit: { readonly properties: object } } } = JSON.parse(
      readFileSync(new URL('../../../schemas/spec/common.schema.json', import.meta.url), 'utf8'),
    );
    assert.deepEqual(Object.keys(FIELDS).sort(), Object.keys(schema.$defs.rateLimit.properties).sort());
  });

  const base = changed('');
  for (const [field, [written, where]] of Object.entries(FIELDS)) {
    it(`${field}: ${where}`, () => {
      assert.deepEqual(base.errors, []);
      const text = specOf(written).replace('rate: 10/s, rate: 11/s', 'rate: 11/s');
      assert.equal(placesOf(base, compileLimits(text)), where);
    });
  }

  for (const [field, [written, where]] of Object.entries(ROUTE_FIELDS)) {
    it(`${field} of the route: ${where}`, () => {
      const ceiling = ', per: global, at: [edge, runtime], burst: 5';
      assert.equal(placesOf(changed(ceiling), changed(ceiling, written)), where);
    });
  }
});
