/** Runs an operation, and records what it changed in the audit. */

import type { Call, Operation, Result } from '../http/operations/operation.ts';
import type { AuditTrail } from './audit/audit-trail.ts';

export async function perform(
  operation: Operation,
  { call, body, audit }: { readonly call: Call; readonly body: unknown; readonly audit: Pick<AuditTrail, 'record'> },
): Promise<Result> {
  const result = await operation.run(call, body);
  const change = operation.change?.(call, body);
  if (change !== undefined) audit.record({ ...call.by, ...change, result: outcomeOf(result) });
  return result;
}

function outcomeOf(result: Result): 'done' | 'refused' | 'unavailable' {
  if (result.kind !== 'problem') return 'done';
  return result.status === 503 ? 'unavailable' : 'refused';
}
