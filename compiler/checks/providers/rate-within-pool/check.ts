/**
 * providers/rate-within-pool
 *
 * Owns one claim: what limits let in and what teams expect, the provider pools can carry. By Little's law the calls in flight are the rate of calls
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
import { type Ceiling, ceilingsOf } from '../../../derive/limits/ceilings.ts';
import { keepersOf, routeLimits } from '../../../derive/limits/keepers.ts';
import type { LimitModel, Model, Origin, PoolModel, ProviderModel, RouteModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

interface Load {
  /** Where the rate is declared: a limit or a peak. */
  readonly at: Origin;
  readonly note: string;
  readonly step: string;
  readonly callsPerSecond: number;
}

export const rateWithinPool: Check = {
  id: 'providers/rate-within-pool',
  code: 'SW-413',
  severity: 'error',
  title: 'More is admitted or expected than a provider pool can carry',
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
  const shares = sharing.map((provider) => shareOf(provider, loadsOf(model, provider.name)));
  const loads = shares.flatMap((share) => share.loads);
  const calls = exactDecimal(loads.reduce((sum, load) => sum + load.callsPerSecond, 0));
  if (calls === 0) return [];
  const steps = loads.map(({ step }) => step);
  const related = loads.map(({ at, note }) => ({ at, note }));
  const bearable = milliseconds(Math.floor((pool.maxConcurrent / calls) * 1000));
  const unknown = shares.find(
    ({ provider, callsPerSecond }) => callsPerSecond > 0 && provider.meanLatency === undefined,
  );
  if (unknown !== undefined) {
    return [
      {
        at: pool.origin.of('maxConcurrent'),
        severity: 'info',
        related,
        message: `the pool of \`${pool.name}\` carries the admitted rate only while a call takes at most ${formatDuration(bearable)}; the mean latency of \`${unknown.provider.name}\` is not stated`,
        arithmetic: [
          ...steps,
          `${pool.maxConcurrent} in flight / ${formatDecimal(calls)} calls/s = ${formatDuration(bearable)}`,
        ],
        hint: 'State `meanLatency` of the provider.',
      },
    ];
  }
  const busy = shares.filter(({ callsPerSecond }) => callsPerSecond > 0);
  const inFlight = exactDecimal(busy.reduce((sum, share) => sum + share.callsPerSecond * share.seconds, 0));
  if (inFlight <= pool.maxConcurrent) return [];
  return [
    {
      at: pool.origin.of('maxConcurrent'),
      related,
      message: `limits and peaks let ${formatDecimal(inFlight)} calls to \`${pool.name}\` be in flight, but its pool holds ${pool.maxConcurrent}`,
      arithmetic: [
        ...steps,
        `${busy.map(({ product }) => product).join(' + ')} = ${formatDecimal(inFlight)} in flight > ${pool.maxConcurrent}`,
      ],
      hint: `Admit at most ${formatDecimal(Math.floor((pool.maxConcurrent / (inFlight / calls)) * 100) / 100)} calls/s, or enlarge the pool to ${Math.ceil(inFlight)}.`,
    },
  ];
}

/** What one provider takes of the pool. */
function shareOf(provider: ProviderModel, loads: readonly Load[]) {
  const callsPerSecond = exactDecimal(loads.reduce((sum, load) => sum + load.callsPerSecond, 0));
  const meanLatency = provider.meanLatency ?? milliseconds(0);
  const product = `${formatDecimal(callsPerSecond)} calls/s x ${formatDuration(meanLatency)}`;
  return { provider, loads, callsPerSecond, seconds: inSeconds(meanLatency), product };
}

/**
 * Of each route the tightest limit for all callers together counts; without one its peak; without that a single caller at its own limit, the
 * least that can come. Routes that draw on one ceiling share it: the one with the most calls for each request takes all of it.
 */
function loadsOf(model: Model, provider: string): readonly Load[] {
  const ceilings = ceilingsOf(model);
  const byCeiling = new Map<Ceiling, RouteModel>();
  const others: Load[] = [];
  for (const route of model.services.flatMap(({ routes }) => routes)) {
    if (fanOutOf(route, provider) === 0) continue;
    const [tightest] = ceilings
      .filter(({ routes }) => routes.includes(route))
      .sort((a, b) => rateOf(a.limit) - rateOf(b.limit));
    if (tightest === undefined) others.push(...loadWithoutCeiling(model, route, provider));
    else if (callsPerUnit(route, provider) > callsPerUnit(byCeiling.get(tightest), provider))
      byCeiling.set(tightest, route);
  }
  return [...[...byCeiling].map(([{ limit }, route]) => loadOfLimit(limit, route, provider)), ...others];
}

function loadWithoutCeiling(model: Model, route: RouteModel, provider: string): readonly Load[] {
  const { peak } = route;
  if (peak !== undefined) {
    const fanOut = fanOutOf(route, provider);
    const callsPerSecond = exactDecimal(perSecond(peak) * fanOut);
    return [
      {
        at: route.origin.of('peak'),
        note: `\`${route.id}\` expects this peak, and no limit bounds all callers together`,
        step: `${route.id}: peak ${formatRate(peak)} x ${fanOut} calls = ${formatDecimal(callsPerSecond)} calls/s`,
        callsPerSecond,
      },
    ];
  }
  const [least] = routeLimits(model)
    .filter((asked) => asked.route === route && !asked.limit.dryRun && keepersOf(asked).by.length > 0)
    .map(({ limit }) => limit)
    .sort((a, b) => rateOf(a) - rateOf(b));
  return least === undefined ? [] : [loadOfLimit(least, route, provider)];
}

function loadOfLimit(limit: LimitModel, route: RouteModel, provider: string): Load {
  const fanOut = fanOutOf(route, provider);
  const callsPerSecond = exactDecimal(rateOf(limit) * callsPerUnit(route, provider));
  const cost = route.cost === 1 ? '' : ` / cost ${route.cost}`;
  return {
    at: limit.origin.of('rate'),
    note: `\`${route.id}\` is limited here`,
    step: `${route.id}: ${formatRate(limit.rate)} per ${limit.per}${cost} x ${fanOut} calls = ${formatDecimal(callsPerSecond)} calls/s`,
    callsPerSecond,
  };
}

const rateOf = ({ rate }: LimitModel): number => perSecond(rate);

const fanOutOf = (route: RouteModel, provider: string): number =>
  route.calls.filter((call) => call.provider === provider).reduce((sum, call) => sum + call.fanOut, 0);

/** Calls that one unit of a budget starts. */
const callsPerUnit = (route: RouteModel | undefined, provider: string): number =>
  route === undefined ? 0 : fanOutOf(route, provider) / route.cost;
