/**
 * The states of a circuit breaker, each with what is known in it and nowhere else.
 *
 * An episode is one stay in a state. Calls remember the episode in which they were admitted, so that what began before a
 * transition is told from what began after it by identity alone.
 */
export type BreakerState = Episode['state'];

export type Episode = Stable | HalfOpen;

/** Closed: all calls go. Open: none do. */
export interface Stable {
  readonly state: 'closed' | 'open';
  readonly sinceMs: number;
  /** Whether an operator holds it here. */
  readonly isHeld: boolean;
}

/** Probes go, others wait for what comes of them. */
export interface HalfOpen {
  readonly state: 'half-open';
  readonly sinceMs: number;
  probesInFlight: number;
  /** When the first of the probes in flight began. */
  probingSinceMs: number;
}

export interface EpisodeLimits {
  /** How long it stays open before a probe. */
  readonly openMs: number;
  /** Most probes at once. */
  readonly halfOpenProbes: number;
  /** Longest time that a probe may take. */
  readonly halfOpenMs: number;
}

/** What is said of a breaker that waits for its probes: their end is unknown. */
const PROBING_RETRY_MS = 1_000;

export function stable(state: Stable['state'], sinceMs: number, isHeld = false): Stable {
  return { state, sinceMs, isHeld };
}

export function halfOpen(sinceMs: number): HalfOpen {
  return { state: 'half-open', sinceMs, probesInFlight: 0, probingSinceMs: sinceMs };
}

/** When probes that take too long are failures; undefined while none are in flight. */
export function probesDueMs(episode: Episode, { halfOpenMs }: EpisodeLimits): number | undefined {
  if (episode.state !== 'half-open' || episode.probesInFlight === 0) return undefined;
  return episode.probingSinceMs + halfOpenMs;
}

/** Whether a probe may go now. */
export function mayProbe(episode: Episode, { openMs, halfOpenProbes }: EpisodeLimits, nowMs: number): boolean {
  if (episode.state === 'half-open') return episode.probesInFlight < halfOpenProbes;
  return episode.state === 'open' && !episode.isHeld && nowMs >= episode.sinceMs + openMs;
}

/** When a refused caller may try again: 0 while closed. */
export function retryInMs(episode: Episode, { openMs }: EpisodeLimits, nowMs: number): number {
  if (episode.state === 'closed') return 0;
  if (episode.state === 'half-open') return PROBING_RETRY_MS;
  return episode.isHeld ? openMs : Math.max(0, episode.sinceMs + openMs - nowMs);
}
