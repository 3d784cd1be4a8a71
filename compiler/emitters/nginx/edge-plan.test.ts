import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EDGE_SYSTEM } from '../../testing/edge-system.ts';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { type PathGroup, type PlannedLocation, planEdge } from './edge-plan.ts';

/** How nginx chooses without patterns: the exact location, else the longest prefix; a path that lacks only the last slash is redirected. */
function chosenByNginx(locations: readonly PlannedLocation[], path: string): PlannedLocation | 'redirect' | undefined {
  const exact = locations.find((location) => location.kind === 'exact' && location.path === path);
  if (exact !== undefined) return exact;
  if (locations.some((location) => location.group !== undefined && location.path === `${path}/`)) return 'redirect';
  const prefixes = locations.filter((location) => location.kind === 'prefix' && path.startsWith(location.path));
  return prefixes.sort((a, b) => b.path.length - a.path.length)[0];
}

/** How the runtime chooses, group by group. */
function groupFor(groups: readonly PathGroup[], path: string): PathGroup | undefined {
  const covers = (group: PathGroup) =>
    group.match === 'prefix' &&
    (path === group.path || path.startsWith(group.path.endsWith('/') ? group.path : `${group.path}/`));
  return (
    groups.find((group) => group.match === 'exact' && group.path === path) ??
    groups.filter(covers).sort((a, b) => b.path.length - a.path.length)[0]
  );
}

const segment = fc.constantFrom('a', 'b', 'ab', 'a.b');
const path = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
  .map(([segments, slash]) => `/${segments.join('/')}${slash && segments.length > 0 ? '/' : ''}`);
const route = fc.record({ path, match: fc.constantFrom('exact', 'prefix') });

function planOf(routes: readonly { path: string; match: string }[]) {
  const lines = routes.map(
    ({ path, match }, index) => `    - { name: r${index}, path: ${path}, match: ${match}, auth: none }`,
  );
  const { groups, sites } = planEdge(
    modelOf(EDGE_SYSTEM.replace(/routes:\n[\s\S]*?(?= {2}objectives)/, `routes:\n${lines.join('\n')}\n`)),
  );
  return { groups, locations: sites[0]?.locations ?? [] };
}

describe('planEdge', (it) => {
  it('makes nginx choose what the runtime chooses, for every path', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(route, { maxLength: 6, minLength: 1, selector: ({ path, match }) => `${path} ${match}` }),
        fc.array(path, { minLength: 20, maxLength: 20 }),
        (routes, asked) => {
          const { groups, locations } = planOf(routes);
          for (const one of asked) {
            const chosen = chosenByNginx(locations, one);
            assert.notEqual(chosen, 'redirect', one);
            assert.equal(typeof chosen === 'object' ? chosen.group : undefined, groupFor(groups, one), one);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('covers whole segments', () => {
    const { groups } = planOf([{ path: '/v1', match: 'prefix' }]);
    assert.deepEqual(
      ['/v1', '/v1/', '/v1/x', '/v1x', '/'].map((one) => groupFor(groups, one)?.path),
      ['/v1', '/v1', '/v1', undefined, undefined],
    );
  });

  it('prefers the exact path, then the longest prefix', () => {
    const { groups } = planOf([
      { path: '/', match: 'prefix' },
      { path: '/v1', match: 'prefix' },
      { path: '/v1/x', match: 'exact' },
      { path: '/v1/', match: 'prefix' },
    ]);
    const chosen = (one: string) => `${groupFor(groups, one)?.match} ${groupFor(groups, one)?.path}`;
    assert.deepEqual(['/v1/x', '/v1/y', '/v1', '/other'].map(chosen), [
      'exact /v1/x',
      'prefix /v1/',
      'prefix /v1',
      'prefix /',
    ]);
  });
});
