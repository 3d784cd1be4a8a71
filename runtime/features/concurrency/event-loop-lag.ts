/**
 * How late the event loop of this process runs.
 *
 * A timer that says when it came too late, smoothed over some ten of its ticks: one long garbage collection is no overload,
 * half a second of lateness is. It holds no process open.
 */
export interface EventLoopLag {
  readonly ms: number;
  stop(): void;
}

const TICK_MS = 20;
/** Weight of the newest tick. */
const SMOOTHING = 0.2;

/** `nowMs` is of this process, not of the policies: a clock that a test moves is not late. */
export function watchEventLoopLag(nowMs: () => number = () => performance.now()): EventLoopLag {
  let smoothed = 0;
  let dueMs = nowMs() + TICK_MS;
  const timer = setInterval(() => {
    smoothed = smooth(smoothed, nowMs() - dueMs);
    dueMs = nowMs() + TICK_MS;
  }, TICK_MS);
  timer.unref();
  return {
    get ms() {
      return smoothed;
    },
    stop: () => clearInterval(timer),
  };
}

export function smooth(before: number, lateMs: number): number {
  return before + SMOOTHING * (Math.max(0, lateMs) - before);
}
