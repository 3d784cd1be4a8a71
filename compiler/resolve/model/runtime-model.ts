/**
 * What the Seaworthy runtime does beyond routes and limits: keys, tenants, signatures, caches, telemetry, its environment.
 *
 * Declared by the service with `role: gateway`. A part that is undefined or empty was not asked for.
 */
import type { Bytes, Milliseconds, Rate, Ratio } from '../../../schemas/units/index.ts';
import type { ModelNode } from './origin.ts';

export interface RuntimeFeaturesModel extends ModelNode {
  /** Port on which services call providers through the runtime. */
  readonly egress: number | undefined;
  readonly keys: KeysModel | undefined;
  readonly tenants: TenantsModel | undefined;
  readonly signing: SigningModel | undefined;
  readonly caches: readonly CacheModel[];
  readonly tracing: TracingModel | undefined;
  /** Variable with the DSN of Sentry. */
  readonly errorsEnv: string | undefined;
  readonly log: RuntimeLogModel;
  /** Variable that switches /metrics off. */
  readonly metricsEnv: string | undefined;
  /** Variable that replaces the allowed origins. */
  readonly originsEnv: string | undefined;
  readonly limitFields: 'draft' | 'draft-and-legacy';
  readonly tls: RuntimeTlsModel | undefined;
  readonly readReplica: ({ readonly env: string; readonly maxLag: Milliseconds } & ModelNode) | undefined;
  readonly environment: readonly VariableModel[];
}

export interface KeysModel extends ModelNode {
  readonly types: readonly string[];
  readonly grace: Milliseconds;
  readonly failures: ({ readonly rate: Rate; readonly burst: number } & ModelNode) | undefined;
}

export interface TenantsModel extends ModelNode {
  readonly store: 'memory' | 'database';
  readonly storeEnv: string | undefined;
  readonly single: { readonly id: string; readonly env: string } | undefined;
  readonly development:
    | { readonly id: string; readonly enabled: boolean; readonly env: string | undefined }
    | undefined;
  readonly tiers: readonly string[];
}

export interface SigningModel extends ModelNode {
  readonly profile: 'simple' | 'rfc9421';
  /** Variables with the shared secrets. */
  readonly secrets: readonly string[];
  readonly maxSkew: Milliseconds;
  readonly skewStatus: 401 | 408;
  readonly headers: { readonly signature: string; readonly timestamp: string; readonly bodyHash: string };
  readonly maxBody: Bytes;
  readonly onStoreFailure: 'closed' | 'local';
}

export interface CacheModel extends ModelNode {
  readonly name: string;
  readonly store: 'memory' | 'redis';
  readonly ttl: Milliseconds;
  readonly maxEntries: number;
  readonly maxSize: Bytes;
  readonly maxEntry: Bytes;
  readonly staleIfError: Milliseconds;
}

export interface TracingModel extends ModelNode {
  readonly service: string;
  readonly endpoint: string | undefined;
  readonly env: string;
  readonly protocol: 'grpc' | 'http/protobuf';
  readonly sample: Ratio;
  readonly enabled: boolean;
  readonly enabledEnv: string | undefined;
}

export interface RuntimeLogModel extends ModelNode {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly env: string | undefined;
  readonly slow: Milliseconds | undefined;
  /** How much of a caller lines hold. */
  readonly callers: 'full' | 'minimised';
}

export interface RuntimeTlsModel extends ModelNode {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
  readonly minVersion: '1.2' | '1.3';
}

/** A rule about the environment that the runtime starts in. */
export interface VariableModel extends ModelNode {
  readonly name: string;
  readonly required: boolean;
  readonly format: 'text' | 'url' | 'integer' | 'number' | 'boolean' | 'json' | 'origins' | 'hex' | 'base64';
  readonly minBytes: number | undefined;
  readonly forbidden: readonly string[];
  readonly onProblem: 'refuse' | 'warn' | 'warn-in-production';
  readonly unless: { readonly name: string; readonly value: string } | undefined;
}
