/**
 * Every object of the edge of an environment.
 *
 * Assembles only. `earlier` holds the files of nginx as they are emitted beside the manifests, so that a pod has what was tested.
 */
import { controllerEdgeOf } from '../../../derive/edge/controller-routes.ts';
import { exportsNginx, hasEdgePods, nginxEdgeOf } from '../../../derive/edge/nginx-pods.ts';
import { hasOperator } from '../../../derive/kubernetes-scope.ts';
import type { Model } from '../../../resolve/model/index.ts';
import type { Artifact } from '../../emitter.ts';
import { askedForBy, type ObjectDraft } from '../object-draft.ts';
import { certificateDrafts } from './certificates.ts';
import { configMapOf, configParts } from './edge-config.ts';
import { edgeDeploymentOf } from './edge-deployment.ts';
import { edgePolicyOf, solverDrafts } from './edge-policy.ts';
import { edgeAccountOf, edgeBudgetOf, edgeMetricsOf, edgeMonitorOf, loadBalancerOf } from './edge-service.ts';
import { gatewayApiDrafts } from './gateway-api.ts';
import { ingressOf } from './ingress.ts';

export const edgeDrafts = (model: Model, earlier: readonly Artifact[]): readonly ObjectDraft[] =>
  draftsOf(model, earlier).map((draft) => askedForBy(model.environment.origin.of('edge'), draft));

function draftsOf(model: Model, earlier: readonly Artifact[]): readonly ObjectDraft[] {
  const controller = controllerEdgeOf(model);
  if (controller !== undefined && model.environment.domains.length > 0)
    return [
      ...certificateDrafts(model),
      ...solverDrafts(model),
      ...(controller.kind === 'gateway-api' ? gatewayApiDrafts(model, controller) : [ingressOf(model, controller)]),
    ];
  const edge = nginxEdgeOf(model);
  if (edge === undefined || !hasEdgePods(model)) return [];
  const parts = configParts(model, earlier);
  return [
    edgeAccountOf(model),
    edgePolicyOf(model),
    ...parts.map((part) => configMapOf(model, part)),
    ...certificateDrafts(model),
    ...solverDrafts(model),
    loadBalancerOf(model, edge),
    ...(edge.replicas > 1 ? [edgeBudgetOf(model, edge)] : []),
    ...(exportsNginx(model) ? [edgeMetricsOf(model)] : []),
    ...(exportsNginx(model) && hasOperator(model) ? [edgeMonitorOf(model)] : []),
    edgeDeploymentOf(model, edge, parts),
  ];
}
