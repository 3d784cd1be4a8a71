/**
 * What running the checks can find beside what the checks themselves say: SW-390 to SW-399.
 *
 * Owns the permanent codes for open questions, targets and waivers. A retired code leaves a gap and is never given out again.
 */
import type { CodeInfo } from '../diagnostic.ts';

export const CHECKS_RUN = {
  undecided: {
    code: 'SW-390',
    severity: 'info',
    title: 'A question is still open',
    why: 'What rests on a provisional value may change, and nobody should learn that from an incident.',
    hint: 'Decide it, write the value into the spec and remove the entry from `undecided`.',
  },
  targetWithoutEmitter: {
    code: 'SW-391',
    severity: 'info',
    title: 'A wanted target cannot be compiled yet',
    why: 'The system asks for it, this version has no emitter for it, and so nothing of it is generated.',
    hint: 'Keep the target to be told when it comes, or take it out of `targets.wanted`.',
  },
  expiredWaiver: {
    code: 'SW-392',
    severity: 'error',
    title: 'A waiver has expired',
    why: 'The finding was accepted for a while only, and that while is over.',
    hint: 'Fix what the check finds, or agree on a new date with the owner of the waiver.',
  },
  unusedWaiver: {
    code: 'SW-393',
    severity: 'warning',
    title: 'A waiver matches no finding',
    why: 'It hides the next finding of that check, which nobody has accepted.',
    hint: 'Remove the waiver.',
  },
} as const satisfies Record<string, CodeInfo>;

export const checksRunCodes: readonly CodeInfo[] = Object.values(CHECKS_RUN);
