/**
 * What a request asks of its limits, and what becomes of it.
 *
 * The words that limiter, stores and middleware share.
 */
import type { Limit } from '../../../schemas/runtime-policy.gen.ts';
import type { Bucket } from './gcra.ts';

/** What the policy says of a limit apart from its figures. */
export interface LimitRules {
  readonly id: string;
  readonly per: Limit['per'];
  readonly status: Limit['status'];
  readonly onStoreFailure: Limit['onStoreFailure'];
  /** Whether it only counts what it would refuse. */
  readonly dryRun: boolean;
}

/** How large a budget is, and what RateLimit-Policy says of it. */
export interface Size {
  readonly bucket: Bucket;
  readonly member: string;
  /** What this process alone may admit while the shared store is away. */
  readonly share: Size | undefined;
}

/** One limit of one request: whose budget, how large, and how much of it. */
export interface Charge {
  readonly rules: LimitRules;
  /** Names the budget among all: the limit and whose it is. */
  readonly key: string;
  /** Whose budget it is, such as `tenant:acme`. */
  readonly identity: string;
  /** Tenant of the caller; budgets of one tenant are kept together. */
  readonly tenant: string | undefined;
  readonly size: Size;
  readonly cost: number;
}

/**
 * `admitted`: within the budget, and charged unless another limit refused. `refused`: beyond it. `would-refuse`: beyond it, in a
 * dry run. `unavailable`: nobody can tell, and the limit says to refuse then. `uncounted`: nobody can tell, and it does not.
 */
export type Verdict = 'admitted' | 'refused' | 'would-refuse' | 'unavailable' | 'uncounted';

/** What became of one charge. `remaining` and `resetMs` describe the bucket after the decision. */
export interface ChargeOutcome {
  readonly verdict: Verdict;
  readonly remaining: number;
  /** Until one more request is restored, or for a refusal until the same request passes; Infinity for never. */
  readonly resetMs: number;
}

/** Where budgets are kept. Outcomes stand in the order of the charges; no method ever throws or rejects. */
export interface LimitStore {
  /** Whether all replicas count together: otherwise each enforces its share. */
  readonly isShared: boolean;
  /** Charges all or none. */
  charge(charges: readonly Charge[], nowMs: number): Outcomes | Promise<Outcomes>;
  /**
   * Tells which of them are known to be used up, and charges none. Never waits: a shared store tells what this process knows, and
   * nothing at all when that refuses none.
   */
  peek(charges: readonly Charge[], nowMs: number): Outcomes;
  /** Where the budget stands; undefined when the store is away. */
  read(charge: Charge, nowMs: number): Promise<ChargeOutcome | undefined>;
  /** Fills the budget up. False when the store is away. */
  forget(charge: Charge): Promise<boolean>;
  /** Buckets held in this process, and how many were forgotten before they had refilled. */
  readonly size: number;
  readonly evictions: number;
}

export type Outcomes = readonly ChargeOutcome[];
