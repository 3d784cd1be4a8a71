/**
 * The model: one system in one environment, resolved, frozen and typed.
 *
 * Owns the shape that checks and emitters share; types only. Lists are sorted by name. Whatever could go wrong with the spec was
 * reported before a model exists, so emitters are total functions of it.
 */
import type { Milliseconds } from '../../../schemas/units/index.ts';
import type { DatastoreModel } from './datastore-model.ts';
import type { EdgeModel, IssuerRefModel } from './edge-model.ts';
import type { ModelNode, SpecPointer } from './origin.ts';
import type { ProviderModel } from './provider-model.ts';
import type { CrossOriginModel, LimitModel } from './route-model.ts';
import type { ServiceModel } from './service-model.ts';

export interface Model {
  readonly system: SystemModel;
  readonly environment: EnvironmentModel;
  readonly services: readonly ServiceModel[];
  readonly datastores: readonly DatastoreModel[];
  readonly providers: readonly ProviderModel[];
  /** What the documents leave open. Emitters mark what rests on a provisional value. */
  readonly undecided: readonly UndecidedModel[];
}

/** Everything a system can be compiled into. Targets without an emitter yet may be wanted, and are reported as such. */
export type Target =
  | 'alertmanager'
  | 'argocd'
  | 'chaos'
  | 'compose'
  | 'dockerfile'
  | 'github-workflows'
  | 'grafana'
  | 'kubernetes'
  | 'load-tests'
  | 'loki'
  | 'nginx'
  | 'otel'
  | 'pm2'
  | 'prometheus'
  | 'runbooks'
  | 'runtime'
  | 'systemd';

export interface SystemModel extends ModelNode {
  readonly name: string;
  readonly title: string;
  readonly owner: string;
  readonly description: string | undefined;
  readonly targets: { readonly wanted: readonly Target[]; readonly forbidden: readonly Target[] } & ModelNode;
  readonly versions: VersionsModel;
  readonly repository: RepositoryModel | undefined;
  /** Prefix of runbook links; a relative path in the repository works too. */
  readonly runbooks: string | undefined;
  readonly monitoring: MonitoringModel;
  readonly limits: readonly LimitModel[];
}

/** Versions of the targets as `major.minor`; they gate what is emitted. */
export interface VersionsModel extends ModelNode {
  readonly kubernetes: string;
  readonly prometheus: string;
  readonly nginx: string;
  readonly openssl: string;
  readonly grafana: string;
}

/** Where Argo CD finds the generated tree. */
export interface RepositoryModel extends ModelNode {
  readonly url: string;
  readonly revision: string;
  /** Folder of the generated tree in the repository. */
  readonly path: string;
}

export interface MonitoringModel extends ModelNode {
  readonly scrapeInterval: Milliseconds;
  readonly retention: Milliseconds;
  /** Exporters that run beside the services; their metrics may be used by rules and dashboards. */
  readonly exporters: readonly string[];
  /** Longest time from the start of a fault until an alert fires, if promised. */
  readonly alertWithin: Milliseconds | undefined;
  /** Whether the Prometheus Operator reads ServiceMonitors and PrometheusRules. */
  readonly operator: boolean;
  /** Labels by which it selects them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where the pods of Prometheus are. */
  readonly prometheus: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> } & ModelNode;
}

export type Stage = 'development' | 'staging' | 'production';

/** Which DNS answers in the cluster. */
export type ClusterDns = 'kube-dns' | 'openshift';

export interface EnvironmentModel extends ModelNode {
  readonly name: string;
  readonly stage: Stage;
  readonly namespace: string;
  /** Address of the cluster's API server for Argo CD. */
  readonly cluster: string;
  /** Namespace Argo CD itself runs in. */
  readonly argocdNamespace: string;
  readonly domains: readonly DomainModel[];
  /** Browser origins that may call the API. */
  readonly origins: readonly string[];
  /** What pages of these origins may do beside calling. */
  readonly cors: CrossOriginModel;
  readonly publicPorts: readonly number[];
  /** Networks of proxies whose forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly tls: TlsModel;
  /** What is compiled to let the world into the cluster; undefined on hosts, and where somebody else does it. */
  readonly edge: EdgeModel | undefined;
  /** Secrets with the access to private registries. */
  readonly imagePullSecrets: readonly string[];
  readonly dns: ClusterDns;
  readonly secretStore: { readonly name: string; readonly kind: 'SecretStore' | 'ClusterSecretStore' } | undefined;
  /** Owner of security and CORS headers: exactly one layer sends them. */
  readonly headerOwner: 'edge' | 'runtime';
  readonly securityHeaders: Readonly<Record<string, string>>;
}

export interface DomainModel extends ModelNode {
  /** What routes call it; several domains may share it. */
  readonly name: string;
  readonly host: string;
  /** Paths of certificate and key where nginx runs. */
  readonly certificate: string;
  readonly certificateKey: string;
  /** The Secret that holds both in a cluster. */
  readonly secret: string;
}

export interface TlsModel extends ModelNode {
  readonly minVersion: '1.2' | '1.3';
  readonly issuer: 'letsencrypt' | 'internal' | 'provided';
  readonly challenge: 'dns-01' | 'tls-alpn-01' | 'http-01' | undefined;
  /** The issuer that the cluster already has. */
  readonly issuerRef: IssuerRefModel | undefined;
}

/** A question that the system's owner has not answered. */
export interface UndecidedModel {
  readonly at: SpecPointer;
  /** Kind and name of the document, such as `Service backend`. */
  readonly subject: string;
  /** Path of the field within `spec`, such as `port` or `scale.max`. */
  readonly field: string;
  readonly why: string;
  readonly options: readonly string[];
  /** The value in use meanwhile, as text; undefined when the field is left out. */
  readonly provisional: string | undefined;
}
