/**
 * What the policy realises: one claim for each control and subject, with the figures that the runtime enforces.
 */
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { gatewayOf } from '../../derive/policy/placement.ts';
import { policyRoutes } from '../../derive/policy/routes.ts';
import type { Model } from '../../resolve/model/index.ts';
import type { Claim } from '../emitter.ts';
import { providerClaims, routeFeatureClaims, runtimeClaims } from './feature-claims.ts';

export function claimsOf(model: Model, policy: RuntimePolicy): readonly Claim[] {
  return [
    ...environmentClaims(policy),
    ...shutdownClaims(model, policy),
    ...policyRoutes(model).flatMap((entry) => [
      ...routeClaims(`route/${entry.route.id}`, entry.policy, policy),
      ...routeFeatureClaims(`route/${entry.route.id}`, entry.policy, policy),
    ]),
    ...providerClaims(policy),
    ...runtimeClaims(policy),
  ];
}

function environmentClaims({ cors, securityHeaders, routes }: RuntimePolicy): readonly Claim[] {
  const grantsCors = cors.owner === 'runtime' && cors.origins.length > 0 && routes.some((route) => route.cors);
  const names = Object.keys(securityHeaders.headers);
  return [
    ...(grantsCors
      ? [{ control: 'edge/cors', subject: 'environment', parameters: { origins: cors.origins.join(', ') } }]
      : []),
    ...(securityHeaders.owner === 'runtime' && names.length > 0
      ? [{ control: 'edge/security-headers', subject: 'environment', parameters: { headers: names.join(', ') } }]
      : []),
  ];
}

function shutdownClaims(model: Model, { shutdown }: RuntimePolicy): readonly Claim[] {
  const gateway = gatewayOf(model);
  return gateway === undefined
    ? []
    : [{ control: 'workload/graceful-shutdown', subject: `service/${gateway.name}`, parameters: { ...shutdown } }];
}

function routeClaims(subject: string, route: Route, policy: RuntimePolicy): readonly Claim[] {
  return [
    { control: 'edge/body-limit', subject, parameters: { bytes: route.bodyLimitBytes } },
    { control: 'edge/timeout', subject, parameters: { timeoutMs: route.timeoutMs } },
    ...route.limits.flatMap((id) => limitClaim(subject, id, route, policy)),
    ...(route.allowCidrs === undefined
      ? []
      : [{ control: 'edge/restricted-path', subject, parameters: { allow: route.allowCidrs.join(', ') } }]),
    ...(route.kind === 'sse'
      ? [{ control: 'edge/streaming', subject, parameters: { kind: route.kind, idleTimeoutMs: route.idleTimeoutMs } }]
      : []),
    ...(route.auth === 'api-key' || route.auth === 'admin'
      ? [{ control: 'identity/api-key', subject, parameters: { auth: route.auth } }]
      : []),
  ];
}

/** None for a dry run, which refuses nothing. */
function limitClaim(subject: string, id: string, { cost }: Route, { limits }: RuntimePolicy): readonly Claim[] {
  const limit = limits[id];
  if (limit === undefined || limit.dryRun === true) return [];
  const { scope, requests, perMs, burst, status, variants } = limit;
  return [
    {
      control: 'edge/rate-limit',
      subject,
      parameters: {
        at: 'runtime',
        limit: id,
        per: scope,
        requests,
        perMs,
        burst,
        status,
        ...(cost === undefined ? {} : { cost }),
        ...(variants === undefined ? {} : { variants: Object.entries(variants).map(formatVariant).join(', ') }),
      },
    },
  ];
}

const formatVariant = ([name, { requests, perMs, burst }]: [string, Bucket]): string =>
  `${name} ${requests} in ${perMs} ms, ${burst} at once`;

type Bucket = Pick<RuntimePolicy['limits'][string], 'requests' | 'perMs' | 'burst'>;
