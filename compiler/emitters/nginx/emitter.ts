/**
 * Emits the edge: `nginx/` is a complete configuration that nginx tests and runs as a folder.
 *
 * Owns which file holds what; each part is built by the file of its name. Without a domain nothing can be served, and only an `nginx.conf`
 * that says so is emitted.
 */
import { compareTexts } from '../../../schemas/data/texts.ts';
import { type NginxNode, printNginxConf } from '../../printers/nginx-conf.ts';
import type { DomainModel, Model } from '../../resolve/model/index.ts';
import type { Artifact, Emitter } from '../emitter.ts';
import { accessLogNodes } from './access-log.ts';
import { grantsCors, speaksCors } from './cors-headers.ts';
import { type EdgePlan, type PathGroup, planEdge } from './edge-plan.ts';
import { locationNodes } from './locations.ts';
import { mainConf } from './main-conf.ts';
import { problemNodes } from './problems.ts';
import { edgeLimits, rateLimitNodes } from './rate-limits.ts';
import { headerMaps, headerNodes, hiddenHeaderNodes, hiddenInLocation } from './response-headers.ts';
import { locationMaps, numberSharedGroups } from './route-maps.ts';
import { defaultServers, hostServer } from './servers.ts';
import { statusNodes } from './status.ts';
import { tlsNodes } from './tls.ts';
import { forwardingNodes, upstreamNodes } from './upstreams.ts';

export const emitter: Emitter = {
  id: 'nginx',
  target: 'nginx',
  title: 'nginx as the edge: TLS, limits per client, CORS and security headers, one location for each route',
  emit,
};

function emit(model: Model): readonly Artifact[] {
  const plan = planEdge(model);
  const domains = uniqueDomains(model);
  if (domains.length === 0) return [artifact('nginx.conf', mainConf(model, plan, []))];
  const context = {
    plan,
    limits: edgeLimits(plan),
    grantsCors: grantsCors(model, plan),
    speaksCors: speaksCors(model, plan),
    hidden: (group: PathGroup) => hiddenInLocation(model, plan, group),
    passesPreflights: plan.hasRuntime && model.environment.headerOwner === 'runtime',
    numbers: numberSharedGroups(plan),
  };
  const status = statusNodes(model);
  const included: readonly (readonly [path: string, nodes: readonly NginxNode[]])[] = [
    ['http/access-log.conf', accessLogNodes(model, plan)],
    ['http/tls.conf', tlsNodes(model)],
    ['http/forwarding.conf', [...forwardingNodes(plan), ...hiddenHeaderNodes(model, plan)]],
    ['http/headers.conf', headerMaps(model, plan)],
    ['http/rate-limits.conf', rateLimitNodes(plan)],
    ['http/routes.conf', locationMaps(plan, context)],
    ['http/upstreams.conf', upstreamNodes(model, plan)],
    ...(status === undefined ? [] : [['http/status.conf', status] as const]),
    ['conf.d/_default.conf', defaultServers(model)],
    ...domains.map(
      (domain) => [`conf.d/${domain.host}.conf`, hostServer(model, domain, siteOf(plan, domain))] as const,
    ),
  ];
  return [
    artifact(
      'nginx.conf',
      mainConf(
        model,
        plan,
        included.map(([path]) => path),
      ),
    ),
    ...included.map(([path, nodes]) => artifact(path, nodes)),
    artifact('snippets/headers.conf', headerNodes(model, plan)),
    artifact('snippets/problems.conf', problemNodes()),
    ...plan.sites.map((site) => artifact(site.snippet, locationNodes(site, context))),
  ];
}

const siteOf = ({ sites }: EdgePlan, { host }: DomainModel): string =>
  sites.find(({ hosts }) => hosts.includes(host))?.snippet ?? '';

/** By host; a host that is named twice is served once. */
const uniqueDomains = ({ environment }: Model): readonly DomainModel[] =>
  [...new Map(environment.domains.map((domain) => [domain.host, domain])).values()].sort((a, b) =>
    compareTexts(a.host, b.host),
  );

const artifact = (path: string, nodes: readonly NginxNode[]): Artifact => ({
  path: `nginx/${path}`,
  ...printNginxConf(nodes),
});
