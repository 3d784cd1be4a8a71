/**
 * What the runtime can keep of a limit.
 *
 * The runtime reads the key, so it knows every scope that a key has; it sees a client only where it may believe the proxy in front. What the
 * policy cannot hold is a finding of `limits/figures-fit`, and left out here.
 */
import type { LimitModel, Model, RouteModel } from '../../resolve/model/index.ts';
import { gatewayOf, trustedNetworks, wantsContainers } from '../runtime-policy/placement.ts';
import { isServed } from '../runtime-policy/served-routes.ts';
import { keeps, type Refusal, type RouteLimit, type Rules } from './enforcer.ts';
import { bucketOf } from './figures.ts';

export const RUNTIME_RULES: Rules = {
  at: ({ limit }) => (limit.at.includes('runtime') ? undefined : { reason: 'not asked for in `at`' }),
  exposed: ({ model, service, route }) =>
    !hasPolicy(model)
      ? {
          reason: 'no policy of a runtime is compiled',
          hint: 'Want the target `runtime`, and add a service with `role: gateway`.',
        }
      : isServed(model, service, route)
        ? undefined
        : { reason: 'the runtime does not serve this route', hint: 'Remove the limit, or let the route be `exposed`.' },
  per: countsBy,
  rate: ({ limit }) => (fits(limit) ? undefined : { reason: 'the policy cannot hold its figures' }),
  variants: ({ limit: { variants } }) =>
    variants.every(fits) ? undefined : { reason: 'the policy cannot hold the figures of its variants' },
  // Answered by `per` and by `rate`; the others are parts of the policy.
  auth: keeps,
  burst: keeps,
  cost: keeps,
  dryRun: keeps,
  env: keeps,
  onStoreFailure: keeps,
  origin: keeps,
  shared: keeps,
  zone: keeps,
};

/** In a cluster the gateway's policy is one of its manifests. */
const hasPolicy = (model: Model): boolean =>
  model.system.targets.wanted.includes('runtime') || (gatewayOf(model) !== undefined && wantsContainers(model));

const fits = (figures: Pick<LimitModel, 'rate' | 'burst'>): boolean => bucketOf(figures) !== undefined;

function countsBy({ model, route, limit: { per } }: RouteLimit): Refusal | undefined {
  if (KEY_SCOPES.has(per) && !IDENTIFIES.has(route.auth))
    return {
      reason: `\`auth: ${route.auth}\` tells of no ${per === 'api-key' ? 'key' : per}`,
      hint: 'Write `auth: api-key` on the route, or limit it `per: client`.',
    };
  if (per === 'client' && !seesClients(model))
    return {
      reason: 'behind nginx every client has the address of nginx, and no trusted proxy is declared',
      hint: 'List the networks that nginx connects from in `trustedProxies` of the environment.',
    };
  return undefined;
}

/**
 * Behind an nginx whose address nobody declared every client looks like nginx: one budget would be shared by all of them. On a host nginx
 * is beside the runtime, whose address is known.
 */
export const seesClients = (model: Model): boolean =>
  !model.system.targets.wanted.includes('nginx') || trustedNetworks(model).length > 0;

const KEY_SCOPES: ReadonlySet<LimitModel['per']> = new Set(['api-key', 'tenant', 'user', 'organisation']);
const IDENTIFIES: ReadonlySet<RouteModel['auth']> = new Set(['api-key', 'signature']);
