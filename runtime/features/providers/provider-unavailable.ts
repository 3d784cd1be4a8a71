/** A call that was not made, and when it may be worth another try. */
import type { PoolRefusalReason } from '../../resilience/pool.ts';

/** `open`: its breaker; `not-configured`: its credential is missing; else the pool. */
export type UnavailableReason = 'open' | 'not-configured' | PoolRefusalReason;

export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
  readonly provider: string;
  readonly reason: UnavailableReason;
  readonly retryAfterMs: number;

  constructor(provider: string, reason: UnavailableReason, retryAfterMs: number) {
    super(`${provider} was not called: ${reason}`);
    this.provider = provider;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

export function isProviderUnavailable(error: unknown): error is ProviderUnavailable {
  return error instanceof ProviderUnavailable;
}
