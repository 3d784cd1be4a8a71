/**
 * What each file of the edge realises. A claim is made by the file that holds the directive, with the figures as they stand in it.
 */

import { formatNginxTime } from '../../../schemas/units/index.ts';
import { buildCors } from '../../derive/policy/headers.ts';
import type { Model } from '../../resolve/model/index.ts';
import type { Claim } from '../emitter.ts';
import { grantsCors } from './cors-headers.ts';
import type { EdgePlan, EdgeRoute, PathGroup } from './edge-plan.ts';
import { bodySize } from './locations.ts';
import { type EdgeLimits, edgeLimits } from './rate-limits.ts';

/** The claims of one file, by its path under `nginx/`. None where no server exists that would keep them. */
export function claimsOf(path: string, model: Model, plan: EdgePlan): readonly Claim[] {
  if (model.environment.domains.length === 0) return [];
  const site = plan.sites.findIndex(({ snippet }) => snippet === path);
  if (site !== -1) {
    const limits = edgeLimits(plan);
    // What several sites serve is claimed by the first.
    const claimed = new Set(plan.sites.slice(0, site).flatMap(({ groups }) => groups));
    return (plan.sites[site]?.groups ?? [])
      .filter((group) => !claimed.has(group))
      .flatMap((group) => group.routes.flatMap((route) => routeClaims(route, group, limits)));
  }
  if (path === 'snippets/headers.conf') return headerClaims(model, plan);
  if (path === 'http/tls.conf')
    return [
      { control: 'edge/tls', subject: 'environment', parameters: { minVersion: model.environment.tls.minVersion } },
    ];
  return [];
}

function headerClaims(model: Model, plan: EdgePlan): readonly Claim[] {
  if (model.environment.headerOwner !== 'edge') return [];
  const names = Object.keys(model.environment.securityHeaders).sort();
  const security =
    names.length === 0
      ? []
      : [{ control: 'edge/security-headers', subject: 'environment', parameters: { headers: names.join(', ') } }];
  if (!grantsCors(model, plan)) return security;
  return [
    ...security,
    { control: 'edge/cors', subject: 'environment', parameters: { origins: buildCors(model).origins.join(', ') } },
  ];
}

function routeClaims({ route, limits: own }: EdgeRoute, group: PathGroup, limits: EdgeLimits): readonly Claim[] {
  const subject = `route/${route.id}`;
  return [
    { control: 'edge/body-limit', subject, parameters: { size: bodySize(group) } },
    ...own.flatMap(({ limit, key, by }) => {
      const found = by.includes('edge') ? limits.get(key) : undefined;
      // A dry run refuses nothing.
      if (found === undefined || limit.dryRun) return [];
      return [
        {
          control: 'edge/rate-limit',
          subject,
          parameters: {
            at: 'edge',
            zone: found.zone,
            per: limit.per,
            rate: found.rate,
            burst: found.limit.burst,
            status: 429,
          },
        },
      ];
    }),
    ...(route.allow.length === 0
      ? []
      : [{ control: 'edge/restricted-path', subject, parameters: { allow: route.allow.join(', ') } }]),
    ...(route.kind === 'http'
      ? []
      : [
          {
            control: 'edge/streaming',
            subject,
            parameters: {
              kind: route.kind,
              buffering: false,
              idleTimeout: formatNginxTime(route.idleTimeout ?? route.timeout),
            },
          },
        ]),
  ];
}
