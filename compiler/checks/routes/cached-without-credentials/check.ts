/**
 * routes/cached-without-credentials
 *
 * Owns one claim: a declared cache is used.
 */
import type { RouteModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const cachedWithoutCredentials: Check = {
  id: 'routes/cached-without-credentials',
  code: 'SW-442',
  severity: 'error',
  title: 'The cache is never used',
  why: 'A service that sees who calls may answer each caller differently, so the gateway keeps none of its answers.',
  hint: 'Remove `credentials: forward` from the route, or its `cache`.',
  run: ({ services }) => services.flatMap((service) => service.routes.flatMap((route) => findingsOf(route))),
};

function findingsOf({ id, cache, credentials, origin }: RouteModel): Finding[] {
  if (cache === undefined || credentials === 'hide') return [];
  return [
    {
      at: cache.origin.of('use'),
      message: `\`${id}\` forwards the credentials of its callers, so cache \`${cache.use}\` keeps nothing of it`,
      related: [{ at: origin.of('credentials'), note: 'they are forwarded here' }],
    },
  ];
}
