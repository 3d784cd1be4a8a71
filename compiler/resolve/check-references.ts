/**
 * Every name that stands for something must stand for something: datastores, services, providers, the things an environment overrides.
 * Circles of names that can never be satisfied are found here too.
 */
import { suggestName } from '../diagnostics/suggest-name.ts';
import type { Overrides } from './context.ts';
import type { LimitModel, Model, Origin } from './model/index.ts';
import type { SpecPointer } from './model/origin.ts';
import type { Report } from './report.ts';

interface Reference {
  readonly what: 'service' | 'datastore' | 'provider' | 'zone' | 'cache';
  readonly name: string;
  readonly at: Origin | SpecPointer;
  readonly part?: 'key';
}

export function checkReferences(model: Model, over: Overrides, report: Report): void {
  const names: Readonly<Record<Reference['what'], readonly string[]>> = {
    service: model.services.map((service) => service.name),
    datastore: model.datastores.map((datastore) => datastore.name),
    provider: model.providers.map((provider) => provider.name),
    cache: model.services.flatMap((service) => service.runtime?.caches.map((cache) => cache.name) ?? []),
    zone: [
      ...model.system.limits,
      ...model.services.flatMap((service) => service.routes.flatMap((route) => route.limits)),
    ].map((limit) => limit.zone),
  };
  for (const { what, name, at, part } of [...referencesOf(model), ...overriddenNames(over)]) {
    if (names[what].includes(name)) continue;
    const near = suggestName(name, names[what]);
    report.add('SW-301', at, `there is no ${what} \`${name}\` in system \`${model.system.name}\``, {
      ...(near !== undefined && { hint: `Did you mean \`${near}\`?`, fix: near }),
      ...(part !== undefined && { part }),
    });
  }
  reportFallbackCircles(model, report);
  reportZoneConflicts(model, report);
  reportRepeatedAlerts(model, report);
}

function referencesOf(model: Model): Reference[] {
  return [
    ...model.services.flatMap((service) => [
      ...service.uses.map((use) => ({ what: 'datastore', name: use.datastore, at: use.origin.of('use') }) as const),
      ...service.calls.map((call) => ({ what: call.kind, name: call.name, at: call.origin.of('name') })),
      ...service.routes.flatMap((route) =>
        route.calls.map((call) => ({ what: 'provider', name: call.provider, at: call.origin.of('provider') }) as const),
      ),
      ...service.routes.flatMap(({ cache }) =>
        cache === undefined ? [] : [{ what: 'cache', name: cache.use, at: cache.origin.of('use') } as const],
      ),
    ]),
    ...model.datastores.flatMap(({ embeddedIn, origin }) =>
      embeddedIn === undefined ? [] : [{ what: 'service', name: embeddedIn, at: origin.of('embeddedIn') } as const],
    ),
    ...model.providers.flatMap(({ fallback, origin }) =>
      fallback === undefined ? [] : [{ what: 'provider', name: fallback, at: origin.of('fallback') } as const],
    ),
  ];
}

function overriddenNames({ spec, source }: Overrides): Reference[] {
  const groups = [
    ['services', 'service'],
    ['datastores', 'datastore'],
    ['providers', 'provider'],
    ['rateLimits', 'zone'],
  ] as const;
  return groups.flatMap(([group, what]) =>
    Object.keys(spec[group] ?? {}).map(
      (name) => ({ what, name, at: { document: source, path: ['spec', group, name] }, part: 'key' }) as const,
    ),
  );
}

function reportFallbackCircles(model: Model, report: Report): void {
  const next = new Map(model.providers.map((provider) => [provider.name, provider.fallback]));
  for (const provider of model.providers) {
    const walked = [provider.name];
    for (
      let name = provider.fallback;
      name !== undefined && walked.length <= model.providers.length;
      name = next.get(name)
    ) {
      if (name === provider.name && walked.every((other) => other >= provider.name)) {
        report.add(
          'SW-302',
          provider.origin.of('fallback'),
          `fallbacks form a circle: ${[...walked, name].join(' -> ')}`,
        );
      }
      if (walked.includes(name)) break;
      walked.push(name);
    }
  }
}

function reportZoneConflicts(model: Model, report: Report): void {
  const limits = [
    ...model.system.limits,
    ...model.services.flatMap((service) => service.routes.flatMap((route) => route.limits)),
  ];
  const first = new Map<string, (typeof limits)[number]>();
  for (const limit of limits) {
    const key = `${limit.zone}/${limit.per}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, limit);
      continue;
    }
    const field = earlier === limit ? undefined : differenceOf(earlier, limit);
    if (field === undefined) continue;
    report.add('SW-307', limit.origin.of(field), `zone \`${limit.zone}\` has another \`${field}\` elsewhere`, {
      related: [{ at: earlier.origin.of(field), note: 'the other one is here' }],
    });
  }
}

/** The first field in which two budgets of one name differ. */
const differenceOf = (left: LimitModel, right: LimitModel): string | undefined =>
  haveOneNameByChance(left, right)
    ? 'rate'
    : Object.entries(COMPARED).find(([, told]) => JSON.stringify(told(left)) !== JSON.stringify(told(right)))?.[0];

/** `a-b` with `c` and `a` with `b-c` get one name from their routes, and nobody meant one budget. */
const haveOneNameByChance = (left: LimitModel, right: LimitModel): boolean =>
  [left, right].every(({ origin }) => origin.of('zone') === origin.self) && left.origin.self !== right.origin.self;

/** What each field of a budget says; a record over all of them, so that a new one is compared. `zone` and `per` are its name. */
const COMPARED: Readonly<Record<keyof LimitModel, (limit: LimitModel) => unknown>> = {
  zone: ({ zone }) => zone,
  per: ({ per }) => per,
  rate: ({ rate }) => [rate.count, rate.per],
  burst: ({ burst }) => burst,
  at: ({ at }) => at,
  onStoreFailure: ({ onStoreFailure }) => onStoreFailure,
  variants: ({ variants }) => variants.map(({ name, rate, burst }) => [name, rate.count, rate.per, burst]),
  env: ({ env }) => [env.rate, env.capacity],
  dryRun: ({ dryRun }) => dryRun,
  shared: ({ shared }) => shared,
  origin: () => undefined,
};

function reportRepeatedAlerts(model: Model, report: Report): void {
  const first = new Map<string, Origin>();
  for (const alert of model.services.flatMap((service) => service.alerts)) {
    const earlier = first.get(alert.name);
    if (earlier === undefined) first.set(alert.name, alert.origin.of('name'));
    else
      report.add('SW-306', alert.origin.of('name'), `two alerts are named \`${alert.name}\``, {
        related: [{ at: earlier, note: 'the other one is here' }],
      });
  }
}
