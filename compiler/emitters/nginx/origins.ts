/**
 * Which spec value stands behind which directive, file by file.
 */
import type { Model } from '../../resolve/model/index.ts';
import type { OriginMark } from '../emitter.ts';
import type { EdgePlan, PlannedLocation } from './edge-plan.ts';
import { locationName } from './locations.ts';
import { type EdgeLimits, edgeLimits, limitsOf } from './rate-limits.ts';

/** The marks of one file, by its path under `nginx/`. */
export function originsOf(path: string, model: Model, plan: EdgePlan): readonly OriginMark[] {
  const { environment, system } = model;
  switch (path) {
    case 'nginx.conf':
      return environment.trustedProxies.map((network) => ({
        part: `http/set_real_ip_from ${network}`,
        origin: environment.origin.of('trustedProxies'),
      }));
    case 'http/tls.conf':
      return [
        { part: 'ssl_protocols', origin: environment.tls.origin.of('minVersion') },
        { part: 'ssl_ecdh_curve', origin: system.versions.origin.of('openssl') },
      ];
    case 'http/rate-limits.conf':
      return [...edgeLimits(plan).values()].map(({ limit, zone }) => ({
        part: `limit_req_zone ${zone}`,
        origin: limit.origin.of('rate'),
      }));
    case 'http/headers.conf':
      return [{ part: 'map $listed_origin', origin: environment.origin.of('origins') }];
    case 'snippets/headers.conf':
      return Object.keys(environment.securityHeaders).map((name) => ({
        part: `add_header ${name}`,
        origin: environment.origin.of('securityHeaders'),
      }));
    case 'http/upstreams.conf':
      return upstreamOrigins(model, plan);
    default: {
      const site = plan.sites.find(({ snippet }) => snippet === path);
      if (site === undefined) return domainOrigins(path, model);
      const limits = edgeLimits(plan);
      return site.locations.flatMap((location) => locationOrigins(location, limits));
    }
  }
}

function upstreamOrigins(model: Model, plan: EdgePlan): readonly OriginMark[] {
  const names = new Set(plan.groups.flatMap(({ routes }) => routes.map(({ upstream }) => upstream)));
  return [...names].sort().flatMap((name) => {
    const service = model.services.find((candidate) =>
      plan.hasRuntime ? candidate.role === 'gateway' : candidate.name === name,
    );
    return service === undefined ? [] : [{ part: `upstream ${name}/server`, origin: service.origin.of('port') }];
  });
}

function locationOrigins(location: PlannedLocation, limits: EdgeLimits): readonly OriginMark[] {
  if (location.group === undefined) return [];
  const name = `location ${locationName(location).join(' ')}`;
  const applied = limitsOf(location.group, limits);
  return location.group.routes.flatMap(({ route }) => [
    { part: name, origin: route.origin.of('path') },
    { part: `${name}/set $allowed_methods`, origin: route.origin.of('methods') },
    { part: `${name}/client_max_body_size`, origin: route.origin.of('bodyLimit') },
    { part: `${name}/proxy_read_timeout`, origin: route.origin.of(route.kind === 'http' ? 'timeout' : 'idleTimeout') },
    ...(route.allow.length === 0 ? [] : [{ part: `${name}/allow`, origin: route.origin.of('allow') }]),
    ...applied.map(({ limit, zone }) => ({ part: `${name}/limit_req ${zone}`, origin: limit.origin.of('burst') })),
    ...applied
      .filter(({ limit }) => limit.dryRun)
      .map(({ limit }) => ({ part: `${name}/limit_req_dry_run`, origin: limit.origin.of('dryRun') })),
  ]);
}

function domainOrigins(path: string, { environment }: Model): readonly OriginMark[] {
  return environment.domains
    .filter((domain) => path === `conf.d/${domain.host}.conf`)
    .flatMap((domain) => [
      { part: `server ${domain.host}/server_name`, origin: domain.origin.of('host') },
      { part: `server ${domain.host}/ssl_certificate`, origin: domain.origin.of('certificate') },
      { part: `server ${domain.host}/ssl_certificate_key`, origin: domain.origin.of('certificateKey') },
      { part: `server ${domain.host}/listen`, origin: environment.origin.of('publicPorts') },
    ]);
}
