/**
 * The arithmetic of nginx's `limit_req ... nodelay` (ngx_http_limit_req_module), for tests that compare it with what is declared.
 *
 * Counts thousandths of a request in whole milliseconds, rounded down. Checked against a real nginx by the tests of the emitter.
 */

export interface NginxLimit {
  /** Whether one more request is within the limit; charges nothing. */
  admits(nowMs: number): boolean;
  charge(nowMs: number): void;
}

/** `rate` as nginx reads it: `10r/s` or `30r/m`. */
export function createNginxLimit(rate: string, burst: number): NginxLimit {
  const [, count = '0', unit] = /^(\d+)r\/([sm])$/.exec(rate) ?? [];
  const perSecond = Math.floor((Number(count) * 1000) / (unit === 'm' ? 60 : 1));
  let state: { excess: number; lastMs: number } | undefined;
  const excessAt = (nowMs: number): number =>
    state === undefined
      ? 0
      : Math.max(0, state.excess - Math.floor((perSecond * (nowMs - state.lastMs)) / 1000) + 1000);
  return {
    admits: (nowMs) => excessAt(nowMs) <= burst * 1000,
    charge(nowMs) {
      state = { excess: excessAt(nowMs), lastMs: nowMs };
    },
  };
}
