/** Runs something once, later; the answer takes it back. A test moves time itself. */
export type Schedule = (ms: number, run: () => void) => () => void;

/** Above this, `setTimeout` fires at once. */
const LONGEST_MS = 2_147_483_647;

export const systemSchedule: Schedule = (ms, run) => {
  const timer = setTimeout(run, Math.min(Math.ceil(ms), LONGEST_MS));
  return () => clearTimeout(timer);
};
