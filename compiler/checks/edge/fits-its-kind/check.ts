/**
 * edge/fits-its-kind
 *
 * Owns one claim: every field of `edge` reaches an object, and the kind has what it cannot be without.
 */
import { EDGE_PODS } from '../../../../schemas/kubernetes-conventions.ts';
import { controllerRoutes } from '../../../derive/edge/controller-routes.ts';
import type { ControllerEdgeModel, EdgeModel, Model, NginxEdgeModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const fitsItsKind: Check = {
  id: 'edge/fits-its-kind',
  code: 'SW-468',
  severity: 'error',
  title: 'A field does nothing on this kind of edge',
  why: 'What is declared and kept by nothing looks like protection and is none.',
  hint: 'Take the line out, or choose the `kind` that it belongs to.',
  run: (model) => {
    const { edge, origin } = model.environment;
    if (edge !== undefined)
      return [
        ...misfits(edge),
        ...(edge.kind === 'nginx' ? nginxFindings(model, edge) : controllerFindings(model, edge)),
      ];
    // The default edge is no edge where `nginx` is not wanted.
    return origin.of('edge') === origin.self
      ? []
      : [
          {
            at: origin.of('edge'),
            message: `\`edge\` is compiled where \`kubernetes\` is wanted, and of kind nginx where \`nginx\` is wanted, too`,
            hint: 'Add the missing target to `targets.wanted`, or take `edge` out.',
          },
        ];
  },
};

const OF_NGINX = ['image', 'exporterImage', 'replicas', 'resources', 'proxyProtocol'] as const;
const OF_CONTROLLERS = ['class', 'controllerNamespace'] as const;

const misfits = ({ kind, origin }: EdgeModel): readonly Finding[] =>
  (kind === 'nginx' ? OF_CONTROLLERS : OF_NGINX)
    .filter((field) => origin.of(field) !== origin.self)
    .map((field) => ({ at: origin.of(field), message: `\`${field}\` does nothing for an edge of kind \`${kind}\`` }));

function nginxFindings(model: Model, edge: NginxEdgeModel): readonly Finding[] {
  const { environment, system } = model;
  const files = environment.domains.flatMap(({ origin, certificate, certificateKey }) =>
    Object.entries({ certificate, certificateKey })
      .filter(([, path]) => !path.startsWith(`${EDGE_PODS.certificates}/`))
      .map(([field, path]) => ({
        at: origin.of(field),
        message: `nothing puts \`${path}\` into the pods of nginx`,
        hint: 'Name the Secret that holds certificate and key in `secret` of the domain, and take the files out.',
      })),
  );
  return [
    ...files,
    ...(system.targets.wanted.includes('nginx')
      ? []
      : [
          {
            at: edge.origin.of('kind'),
            message: '`nginx` is the edge, and no wanted target',
            hint: 'Add `nginx` to `targets.wanted`.',
          },
        ]),
    ...(edge.proxyProtocol && environment.trustedProxies.length === 0
      ? [
          {
            at: edge.origin.of('proxyProtocol'),
            message: 'the PROXY protocol is believed from `trustedProxies`, and none are listed',
            hint: 'List the networks of the load balancer in `trustedProxies`.',
          },
        ]
      : []),
  ];
}

const controllerFindings = (model: Model, edge: ControllerEdgeModel): readonly Finding[] => [
  ...(edge.class !== undefined
    ? []
    : [
        {
          at: edge.origin.of('kind'),
          message: `an edge of kind \`${edge.kind}\` is served by nobody without \`class\``,
          hint: `Write \`class\` with the name that \`kubectl get ${edge.kind === 'ingress' ? 'ingressclass' : 'gatewayclass'}\` shows.`,
        },
      ]),
  ...(model.environment.tls.minVersion === '1.2'
    ? []
    : [
        {
          at: model.environment.tls.origin.of('minVersion'),
          message: `no field of a ${edge.kind === 'ingress' ? 'Ingress' : 'Gateway'} says the oldest version of TLS, so nobody keeps 1.3`,
          hint: 'Choose `kind: nginx`, or take `minVersion` out and set it in the controller.',
        },
      ]),
  ...(edge.kind === 'ingress' ? openPaths(model) : []),
];

/** An Ingress cannot close what lies below a prefix. */
const openPaths = (model: Model): readonly Finding[] =>
  controllerRoutes(model)
    .filter(({ closed }) => closed.length > 0)
    .map(({ route, closed }) => ({
      at: route.origin.of('path'),
      message: `behind an Ingress \`${route.path}\` shows ${closed.map((path) => `\`${path}\``).join(', ')} to everybody`,
      hint: 'Name the paths that are meant, or choose `kind: nginx` or `gateway-api`, which close what lies below a prefix.',
    }));
