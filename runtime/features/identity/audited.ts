/**
 * A change that is told to the audit whatever came of it, and an outage as an answer instead of an exception.
 */
import { isUnavailable } from '../../storage/postgres/storage-unavailable.ts';
import type { Audit, AuditEntry, Refusal, Unavailable } from './audit.ts';

type Outcome = { readonly kind: string } | Refusal | Unavailable;

/** Runs `change` and tells the audit of its result. `describe` gives everything of the entry but the result. */
export async function audited<Result extends Outcome>(
  change: () => Promise<Result>,
  audit: Audit,
  describe: (result: Result | Unavailable) => Omit<AuditEntry, 'result'>,
): Promise<Result | Unavailable> {
  const result = await orUnavailable(change);
  const entry = describe(result);
  const reason = 'reason' in result ? { reason: result.reason } : {};
  audit({ ...entry, result: resultOf(result), detail: { ...entry.detail, ...reason } });
  return result;
}

/** Turns an outage of the database into a value; any other failure is a bug and goes on as one. */
export async function orUnavailable<Result>(work: () => Promise<Result>): Promise<Result | Unavailable> {
  try {
    return await work();
  } catch (error) {
    if (isUnavailable(error)) return { kind: 'unavailable' };
    throw error;
  }
}

function resultOf({ kind }: Outcome): AuditEntry['result'] {
  return kind === 'refused' || kind === 'unavailable' || kind === 'repeated' ? kind : 'done';
}
