/**
 * An Ingress in front of the gateway. It names exactly the paths that the spec exposes; how plain requests are redirected is a matter of
 * its controller, which is told by annotations.
 */
import { type ControllerRoute, controllerRoutes } from '../../../derive/edge/controller-routes.ts';
import { claim, field, from } from '../../../marks.ts';
import type { ControllerEdgeModel, DomainModel, Model } from '../../../resolve/model/index.ts';
import { KubeIngress } from '../kubernetes-api.ts';
import { metadataOf } from '../metadata.ts';
import { type ObjectDraft, typed } from '../object-draft.ts';
import { hostsOf } from './certificate-volumes.ts';
import { markedAnnotations } from './edge-service.ts';
import { edgeFolder, edgeSubject } from './edge-subject.ts';

export function ingressOf(model: Model, edge: ControllerEdgeModel): ObjectDraft {
  const subject = edgeSubject(model);
  const { environment } = model;
  const metadata = metadataOf(model, 'Ingress', subject.instance, subject);
  const routes = controllerRoutes(model);
  return {
    folder: edgeFolder(model),
    object: typed(
      KubeIngress,
      from(environment.origin.of('edge'), {
        metadata: { ...metadata, annotations: { ...metadata.annotations, ...markedAnnotations(edge) } },
        spec: {
          ingressClassName: from(edge.origin.of('class'), edge.class),
          tls: claim(
            'edge/tls',
            'environment',
            { minVersion: environment.tls.minVersion },
            hostsOf(model).map((domain) => ({ hosts: [field(domain, 'host')], secretName: field(domain, 'secret') })),
          ),
          rules: hostsOf(model).map((domain) => ruleOf(domain, routes)),
        },
      }),
    ),
  };
}

const ruleOf = (domain: DomainModel, routes: readonly ControllerRoute[]) =>
  from(domain.origin.self, {
    host: field(domain, 'host'),
    http: {
      paths: routes
        .filter(({ hosts }) => hosts.length === 0 || hosts.includes(domain.host))
        .map(({ path, match, route, service }) =>
          from(route.origin.of('path'), {
            path,
            pathType: match === 'exact' ? 'Exact' : 'Prefix',
            backend: {
              service: { name: service.name, port: { number: from(service.origin.of('port'), service.port) } },
            },
          }),
        ),
    },
  });
