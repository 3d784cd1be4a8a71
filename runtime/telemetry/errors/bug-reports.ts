/**
 * Bugs on their way to whoever mends them.
 *
 * Owns which are told: an error once, the same fault (its name and the line it comes from) once a minute, and no more than
 * a handful a minute in all, so that a bug on the hot path is one report and not a flood.
 */
import type { BugReportResult } from '../../../schemas/metrics.ts';
import type { Clock } from '../../resilience/clock.ts';

/** Where a bug showed. */
export interface BugContext {
  readonly traceId?: string;
  readonly spanId?: string;
  /** Id of the route. */
  readonly route?: string;
  readonly digest?: string;
}

export interface BugReports {
  /** Never fails and never waits. */
  report(error: unknown, context: BugContext): void;
  /** Sends what is under way, for at most `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

/** Whoever takes reports; gives back whether it did. */
export interface BugSink {
  send(error: Error, context: BugContext): Promise<boolean>;
  close(timeoutMs: number): Promise<void>;
}

const WINDOW_MS = 60_000;
const PER_WINDOW = 20;

export const noBugReports: BugReports = { report: () => undefined, close: async () => undefined };

export function createBugReports(sink: BugSink, clock: Clock, count: (result: BugReportResult) => void): BugReports {
  const seen = new WeakSet<object>();
  let faults = new Set<string>();
  let windowEndsMs = Number.NEGATIVE_INFINITY;

  function judge(error: Error): BugReportResult {
    const nowMs = clock.nowMs();
    if (nowMs >= windowEndsMs) {
      windowEndsMs = nowMs + WINDOW_MS;
      faults = new Set();
    }
    const fault = faultOf(error);
    if (seen.has(error) || faults.has(fault)) return 'repeated';
    if (faults.size >= PER_WINDOW) return 'too-many';
    seen.add(error);
    faults.add(fault);
    return 'sent';
  }

  return {
    report(thrown, context) {
      const error = thrown instanceof Error ? thrown : new Error(`thrown: ${typeof thrown}`);
      const verdict = judge(error);
      if (verdict !== 'sent') {
        count(verdict);
        return;
      }
      sink.send(error, context).then(
        (isTaken) => count(isTaken ? 'sent' : 'failed'),
        () => count('failed'),
      );
    },
    close: (timeoutMs) => sink.close(timeoutMs),
  };
}

/** The name of an error and the place it was made; its message may differ each time. */
function faultOf({ name, stack = '' }: Error): string {
  return `${name} ${/^\s+at .*$/m.exec(stack)?.[0].trim() ?? ''}`;
}
