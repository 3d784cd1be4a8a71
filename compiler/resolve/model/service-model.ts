/**
 * A service in one environment: how it runs, what it uses, what it promises.
 *
 * Owns types only. Every field is filled in: defaults applied, references resolved to names that exist, quantities in canonical units.
 */

import type { Bytes, Milliseconds, Ratio } from '../../../schemas/units/index.ts';
import type { ImageModel, ResourcesModel } from './container-model.ts';
import type { SecretRefModel } from './datastore-model.ts';
import type { AlertModel, MetricModel, ObjectiveModel } from './observability-model.ts';
import type { ModelNode } from './origin.ts';
import type { BreakerModel } from './provider-model.ts';
import type { RouteModel } from './route-model.ts';
import type { RuntimeFeaturesModel } from './runtime-model.ts';

/**
 * What a service does in the system. `app` answers requests, `worker` pulls its work from a queue or a bus,
 * `gateway` is the Seaworthy runtime that enforces the policy in front of the apps.
 */
export type ServiceRole = 'app' | 'worker' | 'gateway';

export interface ServiceModel extends ModelNode {
  readonly name: string;
  readonly owner: string;
  /** 1 is the most important; decides the severity of objective alerts. */
  readonly tier: 1 | 2 | 3;
  readonly description: string | undefined;
  readonly role: ServiceRole;
  readonly language: string | undefined;
  /** Absent for services of systems without containers. */
  readonly image: ImageModel | undefined;
  readonly command: readonly string[];
  /** Arguments after the command. */
  readonly args: readonly string[];
  /** The port of the HTTP API; a worker may have none. */
  readonly port: number | undefined;
  readonly ports: readonly NamedPortModel[];
  readonly process: ProcessModel | undefined;
  /** Operating-system processes in one replica (uvicorn workers, cluster mode). */
  readonly workers: number;
  readonly scale: ScaleModel;
  /** A PriorityClass that the platform defines. */
  readonly priorityClass: string | undefined;
  readonly resources: ResourcesModel | undefined;
  readonly probes: ProbesModel | undefined;
  readonly shutdown: ShutdownModel;
  readonly security: SecurityModel;
  readonly env: readonly EnvVarModel[];
  readonly files: readonly SecretFileModel[];
  readonly uses: readonly DatastoreUseModel[];
  readonly calls: readonly CallModel[];
  readonly routes: readonly RouteModel[];
  readonly metrics: MetricsModel;
  readonly objectives: readonly ObjectiveModel[];
  readonly alerts: readonly AlertModel[];
  readonly jobs: readonly JobModel[];
  /** Which Host the gateway asks it for. */
  readonly host: 'own' | 'keep';
  /** How long it keeps an idle connection of whoever calls it. */
  readonly keepAliveTimeout: Milliseconds;
  /** How the gateway chooses among its instances. */
  readonly balance: 'round-robin' | 'least-connections';
  /** When the gateway leaves an instance out; undefined means never. */
  readonly outliers: OutliersModel | undefined;
  /** When the gateway stops calling it for a while; undefined means never. */
  readonly breaker: BreakerModel | undefined;
  /** Only of a gateway. */
  readonly runtime: RuntimeFeaturesModel | undefined;
}

export interface OutliersModel extends ModelNode {
  /** Failures in a row. */
  readonly failures: number;
  /** Shortest time that an instance is left out. */
  readonly leaveOut: Milliseconds;
}

export interface NamedPortModel extends ModelNode {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** How a host runs the service, for systems without containers. */
export interface ProcessModel extends ModelNode {
  readonly manager: 'systemd' | 'pm2';
  /** Processes that the manager keeps running. */
  readonly instances: number;
  /** Ports of the instances; the first one is the service's `port`. Empty for workers. */
  readonly instancePorts: readonly number[];
  readonly directory: string | undefined;
}

export interface ScaleModel extends ModelNode {
  readonly min: number;
  readonly max: number;
  /** Target utilisation of the requested processor share. */
  readonly cpu: Ratio | undefined;
  /** Target utilisation of the requested memory. */
  readonly memory: Ratio | undefined;
}

export interface ProbesModel extends ModelNode {
  /** Fails only when the process must be restarted; dependencies never fail it. */
  readonly livenessPath: string;
  /** Fails while the process should get no traffic. */
  readonly readinessPath: string;
  /** The port the probes go to. */
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly period: Milliseconds;
  readonly timeout: Milliseconds;
  /** Failures in a row until the probe counts as failed. */
  readonly failures: number;
  /** The longest time from start to ready. */
  readonly startWithin: Milliseconds;
}

/** The end of a replica, in order: leave the load balancers (`preStop`), then finish open work (`drain`), within `grace` altogether. */
export interface ShutdownModel extends ModelNode {
  readonly preStop: Milliseconds;
  readonly drain: Milliseconds;
  readonly grace: Milliseconds;
}

export interface SecurityModel extends ModelNode {
  readonly uid: number;
  readonly gid: number;
  readonly readOnlyRootFilesystem: boolean;
  readonly writable: readonly WritablePathModel[];
}

export interface WritablePathModel extends ModelNode {
  readonly path: string;
  readonly size: Bytes;
}

export type EnvVarModel = ModelNode & { readonly name: string } & (
    | { readonly kind: 'literal'; readonly value: string }
    /** Filled from the secret store at run time; the value is nowhere in the spec or in the output. */
    | { readonly kind: 'secret'; readonly secret: string; readonly key: string; readonly optional: boolean }
  );

/** A file that is filled from the secret store at run time. */
export interface SecretFileModel extends ModelNode {
  readonly path: string;
  readonly secret: string;
  readonly key: string;
}

/** A datastore that the service connects to. `datastore` names one of the model's. */
export interface DatastoreUseModel extends ModelNode {
  readonly datastore: string;
  /** The variable that the service wants its address in; undefined leaves it to convention. */
  readonly as: string | undefined;
  /** The service's own secret, in the place of the datastore's. */
  readonly credentials: SecretRefModel | undefined;
  /** Connections that one process holds at most. */
  readonly pool: number | undefined;
  readonly required: boolean;
}

/** Another service or a provider that the service calls. The name is one of the model's. */
export interface CallModel extends ModelNode {
  readonly kind: 'service' | 'provider';
  readonly name: string;
  readonly required: boolean;
}

/** Where metrics come from: the runtime in front of the service, the service's own HTTP metrics, or nothing yet. */
export type HttpMetrics =
  | { readonly kind: 'runtime' }
  | {
      readonly kind: 'own';
      /** Counter of requests. */
      readonly requests: string;
      /** Label of that counter that holds the status code. */
      readonly statusLabel: string;
      /** Histogram of durations in seconds. */
      readonly duration: string;
      /** Upper bounds of its buckets, rising; undefined where the spec does not say. */
      readonly buckets: readonly Milliseconds[] | undefined;
    }
  | { readonly kind: 'none' };

export interface MetricsModel extends ModelNode {
  readonly path: string;
  /** The port that serves `path`; undefined when the service exports nothing. */
  readonly port: number | undefined;
  readonly scheme: 'http' | 'https';
  readonly http: HttpMetrics;
  /** The contract: what the service itself promises to export. */
  readonly exported: readonly MetricModel[];
}

/** A one-shot or repeated job of the service. */
export interface JobModel extends ModelNode {
  readonly name: string;
  /** Cron expression in UTC; undefined for a one-shot job. */
  readonly schedule: string | undefined;
  readonly command: readonly string[];
  readonly deadline: Milliseconds;
}
