/**
 * Asks a target at intervals whether it is well.
 *
 * Owns one timer for each target that has a health path; it never keeps a process alive. The verdict is left to
 * proxy/target-health.ts.
 */
import type { Clock } from '../resilience/clock.ts';
import type { HealthSettings } from './target-health.ts';
import type { UpstreamTarget } from './upstream-target.ts';

/** Begins asking; the answer stops it. Targets are asked at different moments of the interval. */
export function askForHealth(target: UpstreamTarget, settings: HealthSettings, clock: Clock): () => void {
  const { path, intervalMs, timeoutMs } = settings;
  if (path === undefined) return () => undefined;
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  async function ask(): Promise<void> {
    const isWell = await answersWell(target, path ?? '/', timeoutMs, stopped.signal);
    if (stopped.signal.aborted) return;
    if (isWell) target.health.succeeded(clock.nowMs());
    else target.health.failed(clock.nowMs());
    schedule(intervalMs);
  }

  function schedule(ms: number): void {
    timer = setTimeout(() => void ask(), ms);
    timer.unref();
  }

  schedule(Math.random() * intervalMs);
  return () => {
    stopped.abort();
    clearTimeout(timer);
  };
}

async function answersWell(
  { side, authority }: UpstreamTarget,
  path: string,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<boolean> {
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]);
    const { statusCode, body } = await side.request({
      method: 'GET',
      path,
      headers: { host: authority, 'user-agent': 'seaworthy-health' },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal,
    });
    await body.dump({ limit: 65_536, signal });
    return statusCode >= 200 && statusCode < 300;
  } catch {
    return false;
  }
}
