/** The gateway to those who start it: what it needs, and what it can be told. */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Environment } from '../environment/environment.ts';
import type { NewKey } from '../features/identity/key-records.ts';
import type { Apis, WarmUp } from '../features.ts';
import type { ListenField } from '../http/listen.ts';
import type { Breakers } from '../proxy/breakers.ts';
import type { Clock } from '../resilience/clock.ts';
import type { LogDestination } from '../telemetry/open-telemetry.ts';
import type { StartSdk } from '../telemetry/sdk.ts';
import type { ReloadResult } from './reloader.ts';

/** A policy that `loadPolicy` accepted, and the digest of its file. */
export interface LoadedPolicy {
  readonly policy: RuntimePolicy;
  readonly digest: string;
}

export interface RuntimeOptions extends LoadedPolicy {
  /** Values of the environment variables that the policy names. */
  readonly env: Environment;
  /** Where the embedded database persists. Default: in memory. */
  readonly dataDirectory?: string;
  /** Reads the text of the policy file again. Default: the policy can only be replaced by one that is handed in. */
  readonly readPolicy?: () => Promise<string>;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
  /** Where log lines go. */
  readonly log: LogDestination;
  /** Starts the OpenTelemetry SDK of the process: `startSdk`, for a program that has no other. Default: nothing is sent. */
  readonly startSdk?: StartSdk;
  /** What whoever starts it changes in every policy, the first and each one after a reload, such as ports. Default: nothing. */
  readonly adjust?: (policy: RuntimePolicy) => RuntimePolicy;
  /** Fills caches before the first request. Until it settles, or its time has passed, the process is not ready. */
  readonly warmUp?: WarmUp;
}

export type StartResult =
  | {
      readonly kind: 'started';
      readonly url: string;
      readonly adminUrl: string;
      readonly egressUrl: string | undefined;
    }
  /** The environment does not fit the policy, a port or the embedded database cannot be opened, or it was told to stop; nothing is left open. */
  | Refused;

export interface Refused {
  readonly kind: 'refused';
  readonly reasons: readonly string[];
  /** The socket of the policy that cannot be opened, where that is the reason. */
  readonly socket?: ListenField;
}

export interface StopReport {
  /** Requests that were cut because they outlived the drain. */
  readonly cut: number;
}

export interface Runtime {
  start(): Promise<StartResult>;
  /** Puts another policy in force at once, with all state kept; a policy that needs a restart is refused and the old one stays. */
  reload(loaded: LoadedPolicy): Promise<ReloadResult>;
  /** The same with what the policy file holds now. */
  reloadFromFile(): Promise<ReloadResult>;
  /** Drains and stops; a start that is not over is given up. Calling it again gives the same answer. */
  stop(): Promise<StopReport>;
  /** Tells of an error that ends the process, for at most a second. */
  reportCrash(error: unknown): Promise<void>;
  /** Issues a key; undefined when no route of the policy needs one. Fails while the database is away. */
  issueApiKey(key: NewKey): Promise<IssuedApiKey | undefined>;
  /** Revokes a key here at once, on other replicas as soon as they hear of it, within `cacheTtlMs` at the latest. */
  revokeApiKey(id: string): Promise<boolean>;
  /** Undefined before the start. */
  readonly breakers: Breakers | undefined;
  /** Undefined before the start, and for a policy without providers. */
  readonly providers: Apis['providers'] | undefined;
}

export interface IssuedApiKey {
  /** Public, for lists, logs and revocation. */
  readonly id: string;
  /** The whole key. Show it once and forget it. */
  readonly text: string;
}
