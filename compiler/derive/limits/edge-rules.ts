/**
 * What nginx can keep of a limit (ngx_http_limit_req_module).
 *
 * It counts one for each request, by something that the request shows before anybody has checked it, at one compiled rate. Each nginx
 * counts in memory of its own, so there is no store that could fail.
 */
import type { LimitScope } from '../../resolve/model/index.ts';
import { isPassedOn } from '../runtime-policy/served-routes.ts';
import { keeps, type Refusal, type RouteLimit, type Rules, refusalOf } from './enforcer.ts';
import { nginxRate } from './figures.ts';

const TO_RUNTIME = 'Write `at: [runtime]`.';

/** All but the dry run, which depends on the other limits of the location. */
const ENFORCING: Rules = {
  at: ({ limit }) => (limit.at.includes('edge') ? undefined : { reason: 'not asked for in `at`' }),
  exposed: ({ model, service, route }) =>
    !model.system.targets.wanted.includes('nginx')
      ? { reason: 'the system wants no nginx', hint: TO_RUNTIME }
      : isPassedOn(model, service, route)
        ? undefined
        : { reason: 'nginx passes nobody on to this route', hint: TO_RUNTIME },
  per: ({ limit: { per } }) =>
    COUNTED_BY_NGINX[per] ? undefined : { reason: `nginx does not know a caller's ${per}`, hint: TO_RUNTIME },
  auth: ({ limit: { per }, route }) =>
    per === 'api-key' && route.auth !== 'api-key'
      ? {
          reason: `\`auth: ${route.auth}\` tells of no key`,
          hint: 'Write `auth: api-key` on the route, or limit it `per: client`.',
        }
      : undefined,
  cost: ({ route: { cost } }) =>
    cost === 1
      ? undefined
      : { reason: `nginx counts 1 for each request, and one of this route costs ${cost}`, hint: TO_RUNTIME },
  rate: ({ limit }) =>
    nginxRate(limit.rate) === undefined
      ? { reason: 'nginx counts whole requests per second or minute', hint: TO_RUNTIME }
      : undefined,
  variants: ({ limit: { variants } }) =>
    variants.length > 0 ? { reason: 'nginx knows neither types of keys nor tiers', hint: TO_RUNTIME } : undefined,
  env: ({ limit: { env } }) =>
    env.rate !== undefined || env.capacity !== undefined
      ? { reason: 'nginx has the compiled figures, whatever the variables say', hint: TO_RUNTIME }
      : undefined,
  burst: keeps,
  dryRun: keeps,
  onStoreFailure: keeps,
  origin: keeps,
  shared: keeps,
  zone: keeps,
};

export const EDGE_RULES: Rules = { ...ENFORCING, dryRun: rehearses };

const COUNTED_BY_NGINX: Readonly<Record<LimitScope, boolean>> = {
  client: true,
  'api-key': true,
  route: true,
  global: true,
  tenant: false,
  user: false,
  organisation: false,
};

/** `limit_req_dry_run` holds for all limits of a location, so one that enforces beside it would enforce no more. */
function rehearses({ model, route, limit }: RouteLimit): Refusal | undefined {
  if (!limit.dryRun) return undefined;
  const neighbours = model.services.flatMap((other) =>
    other.routes
      .filter(({ path, match }) => path === route.path && match === route.match)
      .flatMap((beside) =>
        beside.limits.map((neighbour) => ({ model, service: other, route: beside, limit: neighbour })),
      ),
  );
  const enforcing = neighbours.find((asked) => !asked.limit.dryRun && isCounted(asked));
  return enforcing === undefined
    ? undefined
    : {
        reason: `nginx rehearses all limits of a location or none, and \`${enforcing.limit.zone}\` enforces there`,
        hint: TO_RUNTIME,
      };
}

const isCounted = (asked: RouteLimit): boolean => refusalOf(ENFORCING, asked) === undefined;
