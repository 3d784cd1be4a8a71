/**
 * Whether one target of an upstream gets requests.
 *
 *   in --failed() x unhealthyAfter--> out --ejectMs passed--> in, on probation
 *                                     out --ejectMs passed, healthyAfter answers to questions--> in
 *
 * Owns the verdict on one target and no timer. On probation one failure is enough; `healthyAfter` good answers end it.
 * A target that is asked for its health stays out until it has answered well. The last target is never protected here:
 * the balancer tries all when all are out.
 */
import type { Upstream } from '../../schemas/runtime-policy.gen.ts';

export type HealthSettings = NonNullable<Upstream['health']>;

export interface TargetHealth {
  /** Another policy's figures; what is known of the target stays. */
  use(settings: HealthSettings | undefined): void;
  succeeded(nowMs: number): void;
  failed(nowMs: number): void;
  /** Whether it gets requests at `nowMs`. */
  isIn(nowMs: number): boolean;
  /** Failures in a row. */
  readonly failures: number;
  /** Undefined while it is in. */
  readonly outUntilMs: number | undefined;
}

export function createTargetHealth(onEject: () => void): TargetHealth {
  let settings: HealthSettings | undefined;
  let failures = 0;
  let successes = 0;
  let outUntilMs: number | undefined;
  let isOnProbation = false;

  function returnsAt(nowMs: number): boolean {
    if (outUntilMs === undefined || settings === undefined) return true;
    if (nowMs < outUntilMs) return false;
    return settings.path === undefined || successes >= settings.healthyAfter;
  }

  function comeBack(): void {
    outUntilMs = undefined;
    isOnProbation = settings?.path === undefined;
    failures = 0;
    successes = 0;
  }

  return {
    use(next) {
      settings = next;
      if (next === undefined) {
        outUntilMs = undefined;
        isOnProbation = false;
      }
    },
    succeeded(nowMs) {
      if (settings === undefined) return;
      failures = 0;
      successes += 1;
      if (outUntilMs !== undefined) {
        if (returnsAt(nowMs)) comeBack();
      } else if (successes >= settings.healthyAfter) isOnProbation = false;
    },
    failed(nowMs) {
      if (settings === undefined) return;
      failures += 1;
      successes = 0;
      // What is out already stays out until its time; questions that fail meanwhile say nothing new.
      if (outUntilMs !== undefined) return;
      if (failures < settings.unhealthyAfter && !isOnProbation) return;
      outUntilMs = nowMs + settings.ejectMs;
      onEject();
    },
    isIn(nowMs) {
      if (outUntilMs === undefined) return true;
      if (!returnsAt(nowMs)) return false;
      comeBack();
      return true;
    },
    get failures() {
      return failures;
    },
    get outUntilMs() {
      return outUntilMs;
    },
  };
}
