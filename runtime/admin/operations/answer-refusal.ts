/** What administrators are told of a change that identity/ did not make. */
import type { Refusal, RefusalReason, Unavailable } from '../../features/identity/audit.ts';
import { AWAY, type Result } from '../../http/operations/operation.ts';

const STATUS: Readonly<Record<RefusalReason, number>> = {
  'not-found': 404,
  invalid: 422,
  exists: 409,
  'not-active': 409,
  'already-rotated': 409,
};

export function answerRefusal(refusal: Refusal | Unavailable): Result {
  if (refusal.kind === 'unavailable') return AWAY;
  return { kind: 'problem', status: STATUS[refusal.reason], detail: refusal.detail };
}
