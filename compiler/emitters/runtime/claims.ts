/**
 * What the policy realises, as far as this version of the runtime enforces it.
 *
 * Nothing is claimed for providers, WebSocket routes and signed routes: the runtime holds the first without enforcing it and answers
 * the others 501 (see their descriptions in `schemas/runtime-policy.schema.json`).
 */
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { gatewayOf } from '../../derive/policy/placement.ts';
import { policyRoutes } from '../../derive/policy/routes.ts';
import type { Model } from '../../resolve/model/index.ts';
import type { Claim } from '../emitter.ts';

export function claimsOf(model: Model, policy: RuntimePolicy): readonly Claim[] {
  const routes = policyRoutes(model).filter(
    ({ policy: { kind, auth } }) => kind !== 'websocket' && auth !== 'signature',
  );
  return [
    ...environmentClaims(policy),
    ...shutdownClaims(model, policy),
    ...routes.flatMap((entry) => routeClaims(`route/${entry.route.id}`, entry.policy, policy)),
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
    ...route.limits.flatMap((id) => limitClaim(subject, id, policy)),
    ...(route.allowCidrs === undefined
      ? []
      : [{ control: 'edge/restricted-path', subject, parameters: { allow: route.allowCidrs.join(', ') } }]),
    ...(route.kind === 'sse'
      ? [{ control: 'edge/streaming', subject, parameters: { kind: route.kind, idleTimeoutMs: route.idleTimeoutMs } }]
      : []),
    ...(route.auth === 'none' ? [] : [{ control: 'identity/api-key', subject, parameters: { auth: route.auth } }]),
  ];
}

function limitClaim(subject: string, id: string, { limits }: RuntimePolicy): readonly Claim[] {
  const limit = limits[id];
  if (limit === undefined) return [];
  const { scope, requests, perMs, burst, status } = limit;
  return [
    {
      control: 'edge/rate-limit',
      subject,
      parameters: { at: 'runtime', limit: id, per: scope, requests, perMs, burst, status },
    },
  ];
}
