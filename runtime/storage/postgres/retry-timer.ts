/** Trying again later. Replicas that lost the same server do not come back to it at the same instant. */

export interface RetryTimer {
  /** Runs it once after about `ms`, a quarter more or less, in place of what was to run before. */
  schedule(run: () => Promise<void>, ms: number): void;
  /** For good. */
  stop(): void;
}

const SPREAD = 0.25;

export function createRetryTimer(): RetryTimer {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  return {
    schedule(run, ms) {
      clearTimeout(timer);
      if (isStopped) return;
      timer = setTimeout(() => void run(), ms * (1 - SPREAD + 2 * SPREAD * Math.random())).unref();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
