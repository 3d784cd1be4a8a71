/**
 * Providers of the runtime policy: how many calls at once, how long, and what happens when one fails.
 */
import type { Breaker, Provider } from '../../../schemas/runtime-policy.gen.ts';
import { type Claim, claim, field, fields, from, type Marked, unmark } from '../../marks.ts';
import type { BreakerModel, Model, PoolModel, ProviderModel } from '../../resolve/model/index.ts';
import { connectionsOf } from '../connections/connections.ts';
import { toBreaker } from './breaker.ts';
import { gatewayOf } from './placement.ts';
import { servedRoutes } from './served-routes.ts';

/** By name. An origin without an address is left out: the provider can then be called in the library form only. */
export const draftProviders = (model: Model): Record<string, Marked<Provider>> =>
  Object.fromEntries(model.providers.map((provider) => [provider.name, toPolicy(model, provider)]));

function toPolicy(model: Model, provider: ProviderModel): Marked<Provider> {
  const { name, pool, breaker, fallback, throttle } = provider;
  const subject = `provider/${name}`;
  const targets = targetsOf(model, provider);
  return {
    timeoutMs: field(provider, 'timeout'),
    pool: pool && toPool(pool, subject),
    breaker: breaker && claim('providers/circuit-breaker', subject, figuresOf(breaker), toBreaker(breaker)),
    fallback:
      fallback === undefined
        ? undefined
        : claim('providers/fallback', subject, { fallback }, field(provider, 'fallback')),
    throttle: throttle && { minConcurrent: field(throttle, 'min'), recoverMs: field(throttle, 'recover') },
    targets: targets.length === 0 ? undefined : targets,
    maxFanOut: fanOutOf(model, name),
  };
}

function toPool(pool: PoolModel, subject: string): Marked<Provider['pool']> {
  const { name, maxConcurrent, queueMax } = pool;
  return claim(
    'providers/concurrency-pool',
    subject,
    { pool: name, maxConcurrent, queue: queueMax },
    {
      ...fields(pool, 'name', 'maxConcurrent', 'env'),
      queue: { max: field(pool, 'queueMax'), waitMs: field(pool, 'queueWait') },
    },
  );
}

const figuresOf = (breaker: BreakerModel): Claim['parameters'] => ({ ...unmark<Breaker>(toBreaker(breaker)) });

function targetsOf(model: Model, provider: ProviderModel): Marked<NonNullable<Provider['targets']>[number]>[] {
  const credentials = credentialsOf(model, provider);
  return provider.upstreams.flatMap((upstream) => {
    const { url, origin } = upstream;
    return url === undefined ? [] : [{ name: field(upstream, 'name'), url: from(origin.of('url'), url), credentials }];
  });
}

/** The gateway's variable that is filled from the provider's secret. */
function credentialsOf(model: Model, provider: ProviderModel) {
  const gateway = gatewayOf(model);
  const connection =
    gateway &&
    connectionsOf(model, gateway).find(
      ({ kind, to, holds }) => kind === 'provider' && to === provider.name && holds === 'credentials',
    );
  return (
    connection && {
      header: field(provider, 'credentialsHeader'),
      env: from(connection.variable.origin.self, connection.variable.name),
    }
  );
}

/** The most calls that one request of any route starts at once; undefined where no more than one. */
function fanOutOf(model: Model, provider: string) {
  const calls = servedRoutes(model).flatMap(({ route }) => route.calls.filter((call) => call.provider === provider));
  const most = Math.max(1, ...calls.map((call) => call.fanOut));
  const widest = calls.find((call) => call.fanOut === most);
  return widest === undefined || most === 1 ? undefined : field(widest, 'fanOut');
}
