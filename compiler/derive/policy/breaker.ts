/**
 * A breaker of the policy, for providers and services alike.
 */
import type { Breaker } from '../../../schemas/runtime-policy.gen.ts';
import type { BreakerModel } from '../../resolve/model/index.ts';

/** Failures in a row or a share of failures, whichever the spec gives. */
export function toBreaker({ failures, errors, openFor, halfOpenProbes, halfOpenFor }: BreakerModel): Breaker {
  return {
    ...(failures === undefined ? {} : { consecutiveFailures: failures }),
    ...(errors === undefined
      ? {}
      : { windowMs: errors.window, minimumCalls: errors.minimumCalls, failureRatio: errors.share }),
    openMs: openFor,
    halfOpenProbes,
    ...(halfOpenFor === undefined ? {} : { halfOpenMs: halfOpenFor }),
  };
}
