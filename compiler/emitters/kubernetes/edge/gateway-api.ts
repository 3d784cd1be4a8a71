/**
 * The Gateway API in front of the gateway: a Gateway that ends TLS, and the HTTPRoutes of what is exposed.
 *
 * Owns how routes fit the bounds of the API. Only fields of its standard channel are used, and every default is written out, or Argo CD
 * would show it as drift.
 */
import { type ControllerRoute, controllerRoutes } from '../../../derive/edge/controller-routes.ts';
import { SKIP_DRY_RUN, syncOptions } from '../../../derive/sync-options.ts';
import { claim, field, from, type Mark } from '../../../marks.ts';
import { shortHash } from '../../../object-name.ts';
import type { ControllerEdgeModel, Model } from '../../../resolve/model/index.ts';
import { metadataOf } from '../metadata.ts';
import { custom, type ObjectDraft } from '../object-draft.ts';
import { hostsOf } from './certificate-volumes.ts';
import { markedAnnotations } from './edge-service.ts';
import { edgeFolder, edgeSubject } from './edge-subject.ts';

const GROUP = 'gateway.networking.k8s.io';

/** A rule takes at most this many matches (HTTPRouteRule). */
const MOST_MATCHES = 64;

export function gatewayApiDrafts(model: Model, edge: ControllerEdgeModel): readonly ObjectDraft[] {
  return [
    gatewayObject(model, edge),
    ...(model.environment.publicPorts.includes(80) ? [redirectRoute(model)] : []),
    ...routeDrafts(model),
  ];
}

const SAME = { namespaces: { from: 'Same' } };

const listenerName = (host: string): string => `https-${shortHash(host)}`;

function gatewayObject(model: Model, edge: ControllerEdgeModel): ObjectDraft {
  const { publicPorts, origin, tls } = model.environment;
  const secure = hostsOf(model).map((domain) =>
    from(domain.origin.self, {
      name: listenerName(domain.host),
      hostname: field(domain, 'host'),
      port: 443,
      protocol: 'HTTPS',
      tls: { mode: 'Terminate', certificateRefs: [{ group: '', kind: 'Secret', name: field(domain, 'secret') }] },
      allowedRoutes: SAME,
    }),
  );
  const plain = from(origin.of('publicPorts'), { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: SAME });
  return draft(model, 'Gateway', edgeSubject(model).instance, edge, {
    gatewayClassName: from(edge.origin.of('class'), edge.class ?? ''),
    listeners: claim('edge/tls', 'environment', { minVersion: tls.minVersion }, [
      ...(publicPorts.includes(80) ? [plain] : []),
      ...secure,
    ]),
  });
}

/** Nothing is served in plain text. */
const redirectRoute = (model: Model): ObjectDraft =>
  draft(model, 'HTTPRoute', `${edgeSubject(model).instance}-redirect`, undefined, {
    hostnames: hostsOf(model).map((domain) => field(domain, 'host')),
    parentRefs: [parentOf(model, 'http')],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }],
      },
    ],
  });

const parentOf = (model: Model, sectionName: string) => ({
  group: GROUP,
  kind: 'Gateway',
  name: edgeSubject(model).instance,
  sectionName,
});

/** One HTTPRoute for each set of hosts and each receiver, or several where the matches are too many for one. */
function routeDrafts(model: Model): readonly ObjectDraft[] {
  const groups = new Map<string, ControllerRoute[]>();
  for (const route of controllerRoutes(model)) {
    const key = JSON.stringify([hostNames(model, route), route.service.name]);
    groups.set(key, [...(groups.get(key) ?? []), route]);
  }
  return [...groups.values()].flatMap((routes) => {
    const [first] = routes;
    if (first === undefined) return [];
    const matches = routes.map(({ path, match, route }) =>
      from(route.origin.of('path'), { path: { type: match === 'exact' ? 'Exact' : 'PathPrefix', value: path } }),
    );
    const closed = [...new Set(routes.flatMap((route) => route.closed))];
    const hosts = hostNames(model, first);
    return chunksOf(matches).map((some, index) => {
      const label = shortHash(JSON.stringify([hosts, first.service.name, index]));
      return draft(model, 'HTTPRoute', `${edgeSubject(model).instance}-${label}`, undefined, {
        hostnames: hosts,
        parentRefs: hosts.map((host) => parentOf(model, listenerName(host))),
        rules: [
          {
            matches: some,
            backendRefs: [
              {
                group: '',
                kind: 'Service',
                name: first.service.name,
                port: from(first.service.origin.of('port'), first.service.port),
                weight: 1,
              },
            ],
          },
          // A rule without anybody to forward to answers with an error by itself.
          ...(index > 0 ? [] : chunksOf(closed.map(prefixMatch)).map((shut) => ({ matches: shut }))),
        ],
      });
    });
  });
}

const prefixMatch = (value: string) => ({ path: { type: 'PathPrefix', value } });

/** The hosts of the environment that a route is for. */
const hostNames = (model: Model, { hosts }: ControllerRoute): readonly string[] =>
  hostsOf(model)
    .map(({ host }) => host)
    .filter((host) => hosts.length === 0 || hosts.includes(host));

function chunksOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / MOST_MATCHES);
  return Array.from({ length: count }, (_, index) => items.slice(index * MOST_MATCHES, (index + 1) * MOST_MATCHES));
}

function draft(
  model: Model,
  kind: 'Gateway' | 'HTTPRoute',
  name: string,
  edge: ControllerEdgeModel | undefined,
  spec: object,
): ObjectDraft {
  const metadata = metadataOf(model, kind, name, edgeSubject(model), syncOptions(model, [SKIP_DRY_RUN]));
  const own: Record<string, Mark<string>> = edge === undefined ? {} : markedAnnotations(edge);
  return {
    folder: edgeFolder(model),
    object: custom(
      from(model.environment.origin.of('edge'), {
        apiVersion: `${GROUP}/v1`,
        kind,
        metadata: { ...metadata, annotations: { ...metadata.annotations, ...own } },
        spec,
      }),
    ),
  };
}
