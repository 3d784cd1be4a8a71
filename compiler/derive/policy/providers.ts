/**
 * Providers of the policy: how many calls at once, how long, and what happens when one fails.
 */
import type { Provider } from '../../../schemas/runtime-policy.gen.ts';
import type { Model, PoolModel, ProviderModel } from '../../resolve/model/index.ts';
import { connectionsOf } from '../connections/connections.ts';
import { toBreaker } from './breaker.ts';
import { gatewayOf } from './placement.ts';
import { servedRoutes } from './served-routes.ts';

/** By name. An origin without an address is left out: the provider can then be called in the library form only. */
export function buildProviders(model: Model): Record<string, Provider> {
  return Object.fromEntries(model.providers.map((provider) => [provider.name, toPolicy(model, provider)]));
}

function toPolicy(model: Model, provider: ProviderModel): Provider {
  const { name, pool, timeout, breaker, fallback, throttle } = provider;
  const targets = targetsOf(model, provider);
  const fanOut = fanOutOf(model, name);
  return {
    timeoutMs: timeout,
    ...(pool === undefined ? {} : { pool: toPool(pool) }),
    ...(breaker === undefined ? {} : { breaker: toBreaker(breaker) }),
    ...(fallback === undefined ? {} : { fallback }),
    ...(throttle === undefined ? {} : { throttle: { minConcurrent: throttle.min, recoverMs: throttle.recover } }),
    ...(targets.length === 0 ? {} : { targets }),
    ...(fanOut > 1 ? { maxFanOut: fanOut } : {}),
  };
}

const toPool = (pool: PoolModel): NonNullable<Provider['pool']> => ({
  name: pool.name,
  maxConcurrent: pool.maxConcurrent,
  ...(pool.env === undefined ? {} : { env: pool.env }),
  queue: { max: pool.queueMax, waitMs: pool.queueWait },
});

function targetsOf(model: Model, provider: ProviderModel): NonNullable<Provider['targets']>[number][] {
  const credentials = credentialsOf(model, provider);
  return provider.upstreams.flatMap(({ name, url }) =>
    url === undefined ? [] : [{ name, url, ...(credentials === undefined ? {} : { credentials }) }],
  );
}

/** The gateway's variable that is filled from the provider's secret. */
function credentialsOf(model: Model, { name, credentialsHeader }: ProviderModel) {
  const gateway = gatewayOf(model);
  const connection =
    gateway &&
    connectionsOf(model, gateway).find(
      ({ kind, to, holds }) => kind === 'provider' && to === name && holds === 'credentials',
    );
  return connection && { header: credentialsHeader, env: connection.variable.name };
}

/** The most calls that one request of any route starts at once. */
function fanOutOf(model: Model, provider: string): number {
  const calls = servedRoutes(model).flatMap(({ route }) => route.calls.filter((call) => call.provider === provider));
  return Math.max(1, ...calls.map((call) => call.fanOut));
}
