/**
 * What a feature of the runtime is: a section of the policy, and all that keeps it.
 *
 * Owns the contract between a feature's folder and whoever puts a runtime together. A feature's own file is light, since the
 * rules of all features are read before anything opens; `load` brings its code, for a policy that asks for it. What a
 * feature holds outlives the policy: a reload hands it the next one by `use`.
 */
import type { Route, RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import type { Environment } from './environment/environment.ts';
import type { Exchange, Handler, Respond } from './http/exchange.ts';
import type { AuditEntry } from './http/operations/audit-entry.ts';
import type { Operation } from './http/operations/operation.ts';
import type { Phase } from './http/phase.ts';
import type { StepName } from './http/steps/step-name.ts';
import type { Breakers } from './proxy/breakers.ts';
import type { Clock } from './resilience/clock.ts';
import type { Query } from './storage/postgres/database.ts';
import type { SharedRedis } from './storage/redis/open-redis.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { MetricRegistry } from './telemetry/registry.ts';

export interface Feature<Api> {
  /** Whether a policy asks for it. One that does not is served without the feature's code. */
  isAskedFor(policy: RuntimePolicy): boolean;
  /** What must hold of a policy beyond the shape of its fields: one problem each, starting with the path of the value. */
  readonly rules?: readonly PolicyRule[];
  /** Why the environment does not fit a policy. Values are never repeated in a reason. Default: it fits. */
  fit?(policy: RuntimePolicy, env: Environment): readonly string[];
  /** Its code. Loaded once for each opening. */
  load(): Promise<OpenFeature<Api>>;
}

export type PolicyRule = (policy: RuntimePolicy) => readonly string[];

export type OpenFeature<Api> = (context: FeatureContext) => OpenedFeature<Api>;

/** What a feature is opened with: what every form of the runtime has. None of it is the feature's to close. */
export interface FeatureContext {
  /** The policy at start, for what no reload can change. */
  readonly policy: RuntimePolicy;
  readonly env: Environment;
  readonly clock: Clock;
  readonly phase: Phase;
  readonly log: Log;
  readonly registry: MetricRegistry;
  readonly breakers: Breakers;
  /** Undefined unless the policy counts in Redis. */
  readonly redis: SharedRedis | undefined;
  /** Undefined where the runtime has no database. */
  readonly query: Query | undefined;
  /** Hears of what administrators change. */
  readonly audit: (entry: AuditEntry) => void;
  /** How late the event loop runs, smoothed, where the host looks itself. Undefined: who needs it looks. */
  readonly loopDelayMs: (() => number) | undefined;
}

/** What the steps of a policy are made with. */
export interface StepParts {
  readonly policy: RuntimePolicy;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Whether the request is one that nobody sent: nothing may be charged, counted or used up. */
  readonly isRehearsal: boolean;
  readonly onFailedCredential: OnFailedCredential;
}

/** Hears of a credential that was not accepted, for which its client pays. */
export type OnFailedCredential = (route: Route, exchange: Exchange) => void;

/** At most one handler a step; none where the route does not ask for it. */
export type Steps = Readonly<Partial<Record<StepName, Handler | undefined>>>;

export interface OpenedFeature<Api> {
  /** What the rest of the runtime, or its host, may ask of it. */
  readonly api: Api;
  /** Follows a policy to which `rules` and `fit` have no objection; called at start and by every reload. */
  use(policy: RuntimePolicy): void;
  /** Reads again what the policy in force takes from the environment. */
  refresh?(policy: RuntimePolicy): void;
  /** The steps of one route, after `use` of the policy that it is of. */
  steps?(parts: StepParts, route: Route): Steps;
  onFailedCredential?(parts: Omit<StepParts, 'onFailedCredential'>): OnFailedCredential;
  /** Answers in front of the proxy, for one policy. */
  respond?(policy: RuntimePolicy, proxy: Respond): Respond;
  /** On the operators' port, for as long as the policy asks for the feature. */
  readonly operations?: readonly Operation[];
  /** Reads what the next scrape shows. Never fails, and waits a fraction of a second at most. */
  beforeScrape?(): Promise<void>;
  close?(): unknown;
}
