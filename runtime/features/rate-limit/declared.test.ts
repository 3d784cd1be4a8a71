/**
 * What is declared against what is enforced: specs of every kind through the compiler, and what it made of them through nginx's arithmetic and
 * the runtime's own, one behind the other.
 */
import { deepEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { type CompiledLimits, compileLimits } from '../../../compiler/testing/compile-limits.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { createNginxLimit } from '../../testing/nginx-limit.ts';
import { type Bucket, compileBucket, debtAt, isOver, type State } from './gcra.ts';

const UNITS = { s: 1, min: 60, h: 3_600, d: 86_400 } as const;

interface DeclaredLimit {
  readonly per: string;
  readonly count: number;
  readonly unit: keyof typeof UNITS;
  readonly burst: number;
  readonly at: string | undefined;
  readonly dryRun: boolean;
  readonly variant: boolean;
}

interface Declared {
  readonly targets: string;
  readonly proxies: boolean;
  readonly auth: string;
  readonly cost: number;
  readonly limits: readonly DeclaredLimit[];
}

const limit = fc.record<DeclaredLimit>({
  per: fc.constantFrom('client', 'api-key', 'tenant', 'user', 'organisation', 'route', 'global'),
  count: fc.constantFrom(0.5, 1, 2, 3, 7, 10, 50, 100, 600, 1000, 1_000_001),
  unit: fc.constantFrom('s', 'min', 'h', 'd'),
  burst: fc.constantFrom(0, 1, 2, 5, 20, 1_000_000),
  at: fc.constantFrom(undefined, undefined, '[edge]', '[runtime]', '[edge, runtime]'),
  dryRun: fc.constantFrom(false, false, false, true),
  variant: fc.constantFrom(false, false, false, true),
});

const declared = fc.record<Declared>({
  targets: fc.constantFrom('[nginx, runtime]', '[runtime]', '[nginx]', '[kubernetes, nginx, runtime]'),
  proxies: fc.boolean(),
  auth: fc.constantFrom('none', 'api-key', 'signature', 'admin-key'),
  cost: fc.constantFrom(1, 1, 1, 3),
  limits: fc.array(limit, { minLength: 1, maxLength: 2 }),
});

/** Gaps between requests in ms: bursts, and paces around the usual rates. */
const gaps = fc.array(fc.constantFrom(0, 0, 0, 1, 7, 20, 99, 100, 101, 143, 334, 500, 1_000, 2_000, 30_000), {
  minLength: 40,
  maxLength: 120,
});

const HEAD = 'apiVersion: seaworthy.dev/v1alpha1\n';

function specOf({ targets, proxies, auth, cost, limits }: Declared): string {
  const isVaried = limits.some(({ variant }) => variant);
  const lines = limits.map(({ per, count, unit, burst, at, dryRun, variant }, index) =>
    [
      `        - { zone: z${index}, per: ${per}, rate: ${count}/${unit}, burst: ${burst}, dryRun: ${dryRun}`,
      ...(at === undefined ? [] : [`at: ${at}`]),
      ...(variant ? [`variants: { premium: { rate: ${count}/${unit}, burst: ${burst + 1} } }`] : []),
    ].join(', '),
  );
  return [
    `${HEAD}kind: System\nmetadata: { name: shop, owner: o }\nspec: { title: t, targets: { wanted: ${targets} } }\n`,
    `${HEAD}kind: Environment\nmetadata: { name: production, system: shop }\nspec:\n  stage: production\n  domains: [{ host: a.example.com }]\n${proxies ? '  trustedProxies: [10.0.0.0/8]\n' : ''}`,
    ...(targets.includes('runtime')
      ? [
          `${HEAD}kind: Service\nmetadata: { name: gateway, system: shop }\nspec:\n  role: gateway\n  port: 8080\n  scale: { min: 1, max: 1 }\n${isVaried ? '  runtime: { keys: { types: [premium] } }\n' : ''}`,
        ]
      : []),
    `${HEAD}kind: Service\nmetadata: { name: api, system: shop }\nspec:\n  port: 80\n  routes:\n    - path: /v1\n      auth: ${auth}\n      cost: ${cost}\n      rateLimits:\n${lines.map((line) => `${line} }`).join('\n')}\n`,
  ].join('---\n');
}

interface Keeper {
  readonly limit: DeclaredLimit;
  readonly at: 'edge' | 'runtime';
  admits(nowMs: number): boolean;
  charge(nowMs: number): void;
}

/** Everything that can refuse, as compiled. The caller's key is of no type, so it has the usual figures. */
function keepersOf({ policy, atEdge }: CompiledLimits, { limits }: Declared): readonly Keeper[] {
  const named = (text: string) => limits.find((_limit, index) => text.startsWith(`z${index}`));
  const edge = atEdge('/v1').flatMap(({ zone, rate, burst, isDryRun }): Keeper[] => {
    const found = named(zone);
    return found === undefined || isDryRun ? [] : [{ limit: found, at: 'edge', ...createNginxLimit(rate, burst) }];
  });
  const [route] = policy?.routes ?? [];
  const runtime = (route?.limits ?? []).flatMap((id): Keeper[] => {
    const [found, compiled] = [named(id), policy?.limits[id]];
    if (found === undefined || compiled === undefined || compiled.dryRun === true) return [];
    return [{ limit: found, at: 'runtime', ...createRuntimeLimit(compileBucket(compiled), route?.cost ?? 1) }];
  });
  return [...edge, ...runtime];
}

function createRuntimeLimit(bucket: Bucket, cost: number): Pick<Keeper, 'admits' | 'charge'> {
  let state: State | undefined;
  const debt = (nowMs: number) => debtAt(bucket, state, nowMs * 1_000);
  return {
    admits: (nowMs) => !isOver(bucket, debt(nowMs), cost),
    charge(nowMs) {
      state = { atUs: nowMs * 1_000, debtTicks: debt(nowMs) + cost * bucket.emissionTicks, bucket };
    },
  };
}

/** What is declared, counted without any rounding: how much of the budget is used. */
class Reference {
  private used = 0;
  private atMs = 0;
  readonly size: number;
  private readonly perMs: number;

  constructor({ count, unit, burst }: DeclaredLimit) {
    this.size = burst + 1;
    this.perMs = count / UNITS[unit] / 1_000;
  }

  usedAt(nowMs: number): number {
    return Math.max(0, this.used - (nowMs - this.atMs) * this.perMs);
  }

  charge(nowMs: number, cost: number): void {
    this.used = this.usedAt(nowMs) + cost;
    this.atMs = nowMs;
  }
}

/** nginx rounds each step down by less than a thousandth, and a rate by less than one a second. */
const EDGE_STEP = 0.001;

/** A keeper beside what is declared. */
interface Watched extends Keeper {
  readonly reference: Reference;
}

function checkRefusal({ at, limit, reference }: Watched, cost: number, nowMs: number, passedOn: number): void {
  const slack = at === 'edge' ? EDGE_STEP * (passedOn + nowMs / 1_000) : 1e-6;
  const left = reference.size - reference.usedAt(nowMs);
  ok(left < cost + slack, `${at} refuses with ${left} left of ${JSON.stringify(limit)}`);
}

function pass(watched: Watched, cost: number, nowMs: number): void {
  const { at, limit, reference } = watched;
  watched.charge(nowMs);
  reference.charge(nowMs, cost);
  const used = reference.usedAt(nowMs);
  ok(used <= reference.size + 1e-6, `${at} lets ${used} through of ${JSON.stringify(limit)}`);
}

/** Sends the requests through edge and runtime, and compares each decision with what is declared. */
function replay(keepers: readonly Keeper[], cost: number, pauses: readonly number[]): void {
  const points = (['edge', 'runtime'] as const).map((at) =>
    keepers
      .filter((keeper) => keeper.at === at)
      .map((keeper) => ({ ...keeper, reference: new Reference(keeper.limit) })),
  );
  let nowMs = 0;
  let passedOn = 0;
  for (const pause of pauses) {
    nowMs += pause;
    for (const point of points) {
      const refusing = point.filter((watched) => !watched.admits(nowMs));
      for (const watched of refusing) checkRefusal(watched, cost, nowMs, passedOn);
      if (refusing.length > 0) break;
      for (const watched of point) pass(watched, cost, nowMs);
      passedOn += 1;
    }
  }
}

describe('what is declared is what is enforced', (it) => {
  it('a limit that compiles is kept, with its own figures: never more than declared, and never less', () => {
    let accepted = 0;
    fc.assert(
      fc.property(declared, gaps, (spec, pauses) => {
        const compiled = compileLimits(specOf(spec));
        if (compiled.errors.length > 0) return;
        accepted += 1;
        const keepers = keepersOf(compiled, spec);
        const { policy, atEdge } = compiled;
        const rehearsed = [
          ...atEdge('/v1').flatMap(({ zone, isDryRun }) => (isDryRun ? [zone] : [])),
          ...Object.entries(policy?.limits ?? {}).flatMap(([id, { dryRun }]) => (dryRun === true ? [id] : [])),
        ];
        for (const [index, one] of spec.limits.entries()) {
          const isEnforced = keepers.some((keeper) => keeper.limit === one);
          ok(isEnforced !== one.dryRun, `${one.dryRun ? 'a dry run refuses' : 'nobody keeps'}: ${JSON.stringify(one)}`);
          ok(!one.dryRun || rehearsed.some((name) => name.startsWith(`z${index}`)), 'nobody rehearses it');
        }
        replay(keepers, spec.cost, pauses);
      }),
      { numRuns: 1_500 },
    );
    ok(accepted > 150, `only ${accepted} of 1500 specs compile`);
  });

  it('the caller sees at most what is declared for one budget, whoever counts it', () => {
    // The two enforcers of one budget, one behind the other, admit what one of them does.
    const spec: Declared = {
      targets: '[nginx, runtime]',
      proxies: true,
      auth: 'none',
      cost: 1,
      limits: [{ per: 'client', count: 10, unit: 's', burst: 4, at: undefined, dryRun: false, variant: false }],
    };
    const compiled = compileLimits(specOf(spec));
    deepEqual(compiled.errors, []);
    const keepers = keepersOf(compiled, spec);
    deepEqual(
      keepers.map(({ at }) => at),
      ['edge', 'runtime'],
    );
    const admitted = [0, 0, 0, 0, 0, 0, 0, 100, 100, 1_000, 1_000].filter((nowMs) => {
      if (!keepers.every((keeper) => keeper.admits(nowMs))) return false;
      for (const keeper of keepers) keeper.charge(nowMs);
      return true;
    });
    deepEqual(admitted, [0, 0, 0, 0, 0, 100, 1_000, 1_000]);
  });

  it('says which rate nginx rounds down :: 100 a minute, and not 99', () => {
    const of = (count: number) =>
      compileLimits(
        specOf({
          targets: '[nginx]',
          proxies: true,
          auth: 'none',
          cost: 1,
          limits: [{ per: 'client', count, unit: 'min', burst: 0, at: '[edge]', dryRun: false, variant: false }],
        }),
      );
    deepEqual([of(100).errors, of(100).remarks], [[], ['SW-433']]);
    deepEqual([of(99).errors, of(99).remarks], [[], []]);
  });
});
