/**
 * slo/within-fits-route
 *
 * Owns one claim: the time that an objective promises can be missed and can be kept. A route answers by its timeout whatever happens, so a
 * longer promise is never missed; and a route that waits for a provider is not faster than that provider is on average.
 */
import { formatDuration, formatPercent } from '../../../../schemas/units/index.ts';
import type { Model, ObjectiveModel, ProviderModel, RouteModel, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const withinFitsRoute: Check = {
  id: 'slo/within-fits-route',
  code: 'SW-473',
  severity: 'error',
  title: 'A promised time cannot be missed, or cannot be kept',
  why: 'A promise longer than the timeout counts every timeout as kept; one shorter than what the route waits for burns from the first day.',
  hint: 'Promise a time between what the route waits for and its timeout.',
  run: (model) =>
    model.services.flatMap((service) =>
      service.objectives.flatMap((objective) =>
        objective.kind === 'latency' ? findingsOf(model, measuredBy(service, objective), objective) : [],
      ),
    ),
};

type LatencyObjective = ObjectiveModel & { readonly kind: 'latency' };

/** A stream lasts as long as its client stays and is measured only where there is nothing else. */
function measuredBy({ routes }: ServiceModel, { route }: LatencyObjective): readonly RouteModel[] {
  const meant = routes.filter(({ id }) => route === undefined || id === route);
  const plain = meant.filter(({ kind }) => kind === 'http');
  return plain.length === 0 ? [] : plain;
}

const findingsOf = (model: Model, routes: readonly RouteModel[], objective: LatencyObjective): Finding[] => [
  ...neverMissed(routes, objective),
  ...routes.flatMap((route) => waitsFor(model, route).flatMap((provider) => neverKept(route, provider, objective))),
];

function neverMissed(routes: readonly RouteModel[], { name, within, origin }: LatencyObjective): Finding[] {
  const [longest] = [...routes].sort((a, b) => b.timeout - a.timeout);
  if (longest === undefined || within <= longest.timeout) return [];
  return [
    {
      at: origin.of('within'),
      message: `objective \`${name}\` can never be missed: every request is over by its timeout`,
      arithmetic: [
        `within ${formatDuration(within)} > timeout ${formatDuration(longest.timeout)} of ${longest.path}, so a timeout counts as in time`,
      ],
      related: [{ at: longest.origin.of('timeout'), note: 'the longest timeout of what it measures' }],
      hint: `Promise less than ${formatDuration(longest.timeout)}.`,
    },
  ];
}

const waitsFor = (model: Model, route: RouteModel): readonly ProviderModel[] =>
  model.providers.filter(({ name }) => route.calls.some(({ provider }) => provider === name));

/** A kept answer needs no call, so a cache makes it possible, and says how. */
function neverKept(
  route: RouteModel,
  { name: provider, meanLatency, origin: from }: ProviderModel,
  { name, within, target, origin }: LatencyObjective,
): Finding[] {
  if (meanLatency === undefined || meanLatency <= within) return [];
  return [
    {
      at: origin.of('within'),
      ...(route.cache === undefined ? {} : { severity: 'warning' as const }),
      message: `objective \`${name}\` promises ${formatPercent(target)} within ${formatDuration(within)}, but ${route.path} waits for \`${provider}\`, which takes longer on average`,
      arithmetic: [`mean latency ${formatDuration(meanLatency)} > within ${formatDuration(within)}`],
      related: [
        { at: from.of('meanLatency'), note: 'the provider takes this long' },
        { at: route.origin.of('calls'), note: 'the route calls it' },
      ],
      hint: `Promise more than ${formatDuration(meanLatency)}, or answer before the provider does.`,
    },
  ];
}
