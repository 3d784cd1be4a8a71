/**
 * What lets the world into the cluster: nginx as a workload, or an object that a controller of the cluster serves.
 */

import type { ImageModel, ResourcesModel } from './container-model.ts';
import type { ModelNode } from './origin.ts';

export type EdgeModel = NginxEdgeModel | ControllerEdgeModel;

/** nginx in pods of the environment, behind a Service of type LoadBalancer. */
export interface NginxEdgeModel extends EdgeBase {
  readonly kind: 'nginx';
  readonly image: ImageModel;
  readonly exporterImage: ImageModel;
  readonly replicas: number;
  readonly resources: ResourcesModel;
  /** Whether the load balancer sends the address of the client in the PROXY protocol. */
  readonly proxyProtocol: boolean;
}

/** A Gateway with its routes, or an Ingress. */
export interface ControllerEdgeModel extends EdgeBase {
  readonly kind: 'gateway-api' | 'ingress';
  /** The GatewayClass or IngressClass; undefined where the spec leaves it out, which is a finding. */
  readonly class: string | undefined;
  /** Where the pods are that pass requests on. Undefined: anywhere. */
  readonly controllerNamespace: string | undefined;
}

interface EdgeBase extends ModelNode {
  /** What the load balancer of the cloud or the controller reads. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** An issuer of cert-manager. */
export interface IssuerRefModel extends ModelNode {
  readonly name: string;
  readonly kind: 'ClusterIssuer' | 'Issuer';
}
