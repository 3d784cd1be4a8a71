/**
 * Providers: services of other companies that the system calls, with the pool that bounds the calls in flight.
 */
import type { Milliseconds, Ratio } from '../../../schemas/units/index.ts';
import type { SecretRefModel } from './datastore-model.ts';
import type { ModelNode } from './origin.ts';

export interface ProviderModel extends ModelNode {
  readonly name: string;
  /** Who is asked when calls to it fail. */
  readonly owner: string;
  readonly description: string | undefined;
  /** Origins that share the pool; empty while undecided. */
  readonly upstreams: readonly UpstreamModel[];
  readonly pool: PoolModel | undefined;
  /** Mean time of one call, for Little's law. */
  readonly meanLatency: Milliseconds | undefined;
  readonly timeout: Milliseconds;
  readonly breaker: BreakerModel | undefined;
  /** Name of the provider that takes over. */
  readonly fallback: string | undefined;
  /** Without a required provider the system does not do its job. */
  readonly required: boolean;
  readonly credentials: SecretRefModel | undefined;
  /** Header that carries the credential. */
  readonly credentialsHeader: string;
  /** What a 429 of the provider does to the pool; undefined means nothing. */
  readonly throttle: ThrottleModel | undefined;
}

export interface UpstreamModel extends ModelNode {
  readonly name: string;
  readonly url: string | undefined;
}

/** A ceiling for calls in flight, not a rate. */
export interface PoolModel extends ModelNode {
  /** Providers with a pool of one name share its places. */
  readonly name: string;
  readonly maxConcurrent: number;
  /** Environment variable that overrides the ceiling at run time. */
  readonly env: string | undefined;
  /** Calls that may wait; beyond that the caller gets 503. */
  readonly queueMax: number;
  readonly queueWait: Milliseconds;
}

export interface BreakerModel extends ModelNode {
  /** Failures in a row that open it; undefined where `errors` does. */
  readonly failures: number | undefined;
  /** Share of failed calls that opens it. */
  readonly errors: { readonly share: Ratio; readonly window: Milliseconds; readonly minimumCalls: number } | undefined;
  readonly openFor: Milliseconds;
  readonly halfOpenProbes: number;
  /** Longest time half-open; undefined means the timeout of a call. */
  readonly halfOpenFor: Milliseconds | undefined;
}

export interface ThrottleModel extends ModelNode {
  readonly min: number;
  readonly recover: Milliseconds;
}
