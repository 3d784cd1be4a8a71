/**
 * providers/rate-within-pool
 *
 * Owns one claim: what the rate limits let in, the provider pools can carry. By Little's law the calls in flight are the rate of calls
 * times their mean duration; more than the pool holds means a queue that grows without end.
 */
import {
  exactDecimal,
  formatDecimal,
  formatDuration,
  formatRate,
  inSeconds,
  milliseconds,
  perSecond,
} from '../../../../schemas/units/index.ts';
import type { LimitModel, Model, PoolModel, ProviderModel, RouteModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

interface Load {
  readonly provider: ProviderModel;
  readonly route: RouteModel;
  readonly limit: LimitModel;
  readonly fanOut: number;
  readonly callsPerSecond: number;
}

export const rateWithinPool: Check = {
  id: 'providers/rate-within-pool',
  code: 'SW-413',
  severity: 'error',
  title: 'Rate limits admit more than a provider pool can carry',
  why: 'Calls queue faster than they finish, so every caller waits until it times out.',
  hint: 'Lower the rate, enlarge the pool, or lower the fan-out.',
  run: (model) =>
    model.providers.flatMap((provider) => {
      const sharing = model.providers.filter(({ pool }) => pool !== undefined && pool.name === provider.pool?.name);
      return provider.pool === undefined || sharing[0] !== provider ? [] : findingsOf(sharing, provider.pool, model);
    }),
};

/** `sharing` are the providers of one pool. */
function findingsOf(sharing: readonly ProviderModel[], pool: PoolModel, model: Model): Finding[] {
  const routes = model.services.flatMap((service) => service.routes);
  const loads = sharing.flatMap((provider) => routes.flatMap((route) => loadOf(route, provider)));
  const calls = exactDecimal(loads.reduce((sum, load) => sum + load.callsPerSecond, 0));
  if (calls === 0) return [];
  const steps = loads.map(
    ({ route, limit, fanOut, callsPerSecond }) =>
      `${route.id}: ${formatRate(limit.rate)} per ${limit.per} x ${fanOut} calls = ${formatDecimal(callsPerSecond)} calls/s`,
  );
  const related = loads.map(({ limit, route }) => ({
    at: limit.origin.of('rate'),
    note: `\`${route.id}\` is limited here`,
  }));
  const bearable = milliseconds(Math.floor((pool.maxConcurrent / calls) * 1000));
  const unknown = loads.find(({ provider }) => provider.meanLatency === undefined)?.provider;
  if (unknown !== undefined) {
    return [
      {
        at: pool.origin.of('maxConcurrent'),
        severity: 'info',
        related,
        message: `the pool of \`${pool.name}\` carries the admitted rate only while a call takes at most ${formatDuration(bearable)}; the mean latency of \`${unknown.name}\` is not stated`,
        arithmetic: [
          ...steps,
          `${pool.maxConcurrent} in flight / ${formatDecimal(calls)} calls/s = ${formatDuration(bearable)}`,
        ],
        hint: 'State `meanLatency` of the provider.',
      },
    ];
  }
  const inFlight = exactDecimal(loads.reduce((sum, load) => sum + load.callsPerSecond * secondsOf(load), 0));
  if (inFlight <= pool.maxConcurrent) return [];
  return [
    {
      at: pool.origin.of('maxConcurrent'),
      related,
      message: `the rate limits let ${formatDecimal(inFlight)} calls to \`${pool.name}\` be in flight, but its pool holds ${pool.maxConcurrent}`,
      arithmetic: [...steps, `${product(loads)} = ${formatDecimal(inFlight)} in flight > ${pool.maxConcurrent}`],
      hint: `Admit at most ${formatDecimal(Math.floor((pool.maxConcurrent / (inFlight / calls)) * 100) / 100)} calls/s, or enlarge the pool to ${Math.ceil(inFlight)}.`,
    },
  ];
}

/** The rate and the time of each provider, as they were added up. */
function product(loads: readonly Load[]): string {
  const providers = [...new Set(loads.map(({ provider }) => provider))];
  return providers
    .map((provider) => {
      const own = loads.filter((load) => load.provider === provider);
      const rate = exactDecimal(own.reduce((sum, load) => sum + load.callsPerSecond, 0));
      return `${formatDecimal(rate)} calls/s x ${formatDuration(provider.meanLatency ?? milliseconds(0))}`;
    })
    .join(' + ');
}

const secondsOf = ({ provider }: Load): number => inSeconds(provider.meanLatency ?? milliseconds(0));

/** The tightest limit for all callers together counts; without one, a single caller at its own limit is the least that can come. */
function loadOf(route: RouteModel, provider: ProviderModel): Load[] {
  const fanOut = route.calls
    .filter((call) => call.provider === provider.name)
    .reduce((sum, call) => sum + call.fanOut, 0);
  const together = route.limits.filter((limit) => limit.per === 'global' || limit.per === 'route');
  const limit = [...(together.length > 0 ? together : route.limits)].sort(
    (a, b) => perSecond(a.rate) - perSecond(b.rate),
  )[0];
  if (fanOut === 0 || limit === undefined) return [];
  return [{ provider, route, limit, fanOut, callsPerSecond: exactDecimal(perSecond(limit.rate) * fanOut) }];
}
