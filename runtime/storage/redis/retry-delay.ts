/** Milliseconds until the next attempt: doubling to two seconds, each drawn at random. */
export function retryDelayMs(attempt: number, random = Math.random): number {
  return Math.round(50 + random() * Math.min(2_000, 50 * 2 ** Math.min(attempt, 10)));
}
