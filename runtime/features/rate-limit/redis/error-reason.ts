/** Why Redis did not decide, in the words of the metric. The texts are those of its error replies. */
import type { LimitStoreErrorReason } from '../../../../schemas/metrics.ts';
import { TimeoutError } from '../../../resilience/timeout.ts';

const REPLIES: readonly (readonly [RegExp, LimitStoreErrorReason])[] = [
  [/^READONLY|^NOREPLICAS/, 'readonly'],
  [/^OOM/, 'out-of-memory'],
  [/^LOADING|^BUSY|^MASTERDOWN/, 'loading'],
  [/^STATE|^WRONGTYPE/, 'state'],
  [/timed out/i, 'timeout'],
  [/^Connection is closed|isn't writeable|^Socket|^read E|^write E|^connect E|ClusterAllFailed|CLUSTERDOWN/, 'away'],
];

export function errorReason(error: unknown): LimitStoreErrorReason {
  if (error instanceof TimeoutError) return 'timeout';
  const message = error instanceof Error ? error.message : '';
  // An error inside a script is wrapped in some versions: `ERR Error running script ...: -OOM ...`.
  return REPLIES.find(([pattern]) => pattern.test(message))?.[1] ?? nested(message) ?? 'other';
}

function nested(message: string): LimitStoreErrorReason | undefined {
  if (/\b(?:READONLY|OOM|WRONGTYPE|STATE)\b/.test(message) === false) return undefined;
  if (message.includes('OOM')) return 'out-of-memory';
  return message.includes('READONLY') ? 'readonly' : 'state';
}
