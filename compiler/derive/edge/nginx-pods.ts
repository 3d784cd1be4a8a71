/**
 * nginx as a workload: what its configuration and the objects around it have to agree on.
 *
 * Owns the name of the workload, the ports of its pods, whom it passes requests on to, and how it ends. Relies on
 * `schemas/kubernetes-conventions.ts` for what is the same in every cluster.
 */
import { DNS, EDGE_PODS } from '../../../schemas/kubernetes-conventions.ts';
import { type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import type { Model, NginxEdgeModel, ServiceModel } from '../../resolve/model/index.ts';
import { isAtLeast } from '../../versions.ts';
import { memoByModel } from '../memo-by-model.ts';
import { gatewayOf } from '../runtime-policy/placement.ts';
import { isPassedOn } from '../runtime-policy/served-routes.ts';

/** nginx that runs in pods of the environment; undefined on hosts, and where something else is the edge. */
export const nginxEdgeOf = ({ environment: { edge } }: Model): NginxEdgeModel | undefined =>
  edge?.kind === 'nginx' ? edge : undefined;

/** The name of the workload; a service may have the usual one. */
export const edgeName = memoByModel((model): string => {
  const taken = new Set([...model.services, ...model.datastores].map(({ name }) => name));
  return ['edge', 'edge-nginx'].find((name) => !taken.has(name)) ?? 'edge-of-system';
});

/** Whether there is a host name to answer to; without one nginx has nothing to serve, and no pod is made. */
export const hasEdgePods = (model: Model): boolean =>
  nginxEdgeOf(model) !== undefined && model.environment.domains.length > 0;

/** Whether somebody scrapes the counters of nginx: then its exporter runs beside it. */
export const exportsNginx = ({ system: { targets, monitoring } }: Model): boolean =>
  targets.wanted.includes('prometheus') && monitoring.exporters.includes('nginx');

const { ports } = EDGE_PODS;

/** What nginx listens on for a public port. */
export const edgePort = (model: Model, publicPort: number): number =>
  nginxEdgeOf(model) === undefined ? publicPort : publicPort === 80 ? ports.http : ports.https;

/** The services that nginx opens connections to, in the order of the model. */
export const edgeUpstreams = memoByModel((model): readonly ServiceModel[] => {
  const gateway = gatewayOf(model);
  if (gateway !== undefined) return [gateway];
  return model.services.filter((service) => service.routes.some((route) => isPassedOn(model, service, route)));
});

/** How long an old nginx lets exchanges end: as long as what stands behind lets them. */
export const edgeDrain = (model: Model): Milliseconds =>
  milliseconds(Math.max(LEAST_DRAIN, ...edgeUpstreams(model).map(({ shutdown }) => shutdown.drain)));

const LEAST_DRAIN = 10_000;

/** `server … resolve` in an upstream is in nginx itself since 1.27.3 (nginx.org/en/CHANGES), so in the stable 1.28. */
export const resolvesUpstreams = (model: Model): boolean =>
  nginxEdgeOf(model) !== undefined && isAtLeast(model.system.versions.nginx, '1.28');

/** The DNS of the cluster, under its own name, which nginx looks up when it starts. */
export const clusterResolver = ({ environment }: Model): string => DNS[environment.dns].service;

/**
 * Whether cert-manager has to show a challenge on port 80 of nginx. Its solver is a pod that answers for one token; nginx asks all that
 * there are, through a Service of ours without an address of its own.
 */
export const passesChallenges = (model: Model): boolean => hasEdgePods(model) && showsChallenges(model);

/** Whether a challenge is shown on port 80 of the cluster at all. */
export const showsChallenges = ({ environment: { edge, tls, publicPorts, domains } }: Model): boolean =>
  edge !== undefined && domains.length > 0 && tls.challenge === 'http-01' && publicPorts.includes(80);

export const ACME_SOLVER = {
  /** cert-manager labels its pods so (cert-manager.io, "HTTP01"). */
  labels: { 'acme.cert-manager.io/http01-solver': 'true' },
  port: 8089,
  path: '/.well-known/acme-challenge/',
} as const;

export const solverService = (model: Model): string => `${edgeName(model)}-acme`;
