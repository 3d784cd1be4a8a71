/**
 * A breaker of the runtime policy, for providers and services alike.
 */
import type { Breaker } from '../../../schemas/runtime-policy.gen.ts';
import { field, from, type Marked } from '../../marks.ts';
import type { BreakerModel } from '../../resolve/model/index.ts';

/** Failures in a row or a share of failures, whichever the spec gives. */
export function toBreaker(breaker: BreakerModel): Marked<Breaker> {
  const { origin, errors } = breaker;
  const ofErrors = origin.of('errors');
  return {
    consecutiveFailures: field(breaker, 'failures'),
    windowMs: from(ofErrors, errors?.window),
    minimumCalls: from(ofErrors, errors?.minimumCalls),
    failureRatio: from(ofErrors, errors?.share),
    openMs: field(breaker, 'openFor'),
    halfOpenProbes: field(breaker, 'halfOpenProbes'),
    halfOpenMs: field(breaker, 'halfOpenFor'),
  };
}
