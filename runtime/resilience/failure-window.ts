/**
 * How many calls ended, and how many of them failed, within the last `windowMs`.
 *
 * A ring of time buckets. A bucket carries the number of its period and counts only while that period is within the
 * window, so calls lose their weight by age alone: after an idle hour the window is empty, whoever asks first. Nothing
 * older than `windowMs` counts; what is younger may be dropped up to one bucket (a tenth) early.
 */

export interface WindowCounts {
  readonly calls: number;
  readonly failures: number;
}

export interface FailureWindow {
  add(failed: boolean, nowMs: number): void;
  counts(nowMs: number): WindowCounts;
  clear(): void;
}

interface Slot {
  period: number;
  calls: number;
  failures: number;
}

const SLOTS = 10;
const NEVER = -1;

export function createFailureWindow(windowMs: number): FailureWindow {
  const widthMs = windowMs / SLOTS;
  const slots: readonly Slot[] = Array.from({ length: SLOTS }, () => ({ period: NEVER, calls: 0, failures: 0 }));
  return {
    add(failed, nowMs) {
      const period = Math.floor(nowMs / widthMs);
      const slot = slots[period % SLOTS];
      if (slot === undefined) return;
      if (slot.period !== period) Object.assign(slot, { period, calls: 0, failures: 0 });
      slot.calls += 1;
      if (failed) slot.failures += 1;
    },
    counts(nowMs) {
      const oldest = Math.floor(nowMs / widthMs) - SLOTS;
      let calls = 0;
      let failures = 0;
      for (const slot of slots) {
        if (slot.period <= oldest) continue;
        calls += slot.calls;
        failures += slot.failures;
      }
      return { calls, failures };
    },
    clear() {
      for (const slot of slots) slot.period = NEVER;
    },
  };
}
