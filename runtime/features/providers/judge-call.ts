/**
 * What the outcome of a call in the library form says of its provider.
 *
 * Looks for a status, as responses of `fetch` have, and the errors that clients of providers throw. What has none is a
 * success when it is a value, and a failure when it was thrown.
 */
import { reasonOf } from '../../proxy/failure-reason.ts';
import { resultOfStatus } from '../../resilience/call-result.ts';
import type { CallEnd } from './provider-gate.ts';
import { throttleOf } from './retry-after.ts';

export function judgeValue(value: unknown, wallMs: number): CallEnd {
  return judgeStatus(value, wallMs) ?? { result: 'success' };
}

export function judgeError(error: unknown, wallMs: number): CallEnd {
  return judgeStatus(error, wallMs) ?? { result: 'failure' };
}

/** Whether a call failed before anything of it was sent. `fetch` wraps the reason in a TypeError. */
export function isNotSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const reason = reasonOf(error.cause instanceof Error ? error.cause : error, false);
  return reason === 'connect' || reason === 'connect-timeout';
}

function judgeStatus(thing: unknown, wallMs: number): CallEnd | undefined {
  if (typeof thing !== 'object' || thing === null || !('status' in thing)) return undefined;
  const { status } = thing;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 100 || status > 599) return undefined;
  const retryAfter = 'headers' in thing ? readField(thing.headers, 'retry-after') : undefined;
  return { result: resultOfStatus(status), throttleMs: throttleOf(status, retryAfter, wallMs) };
}

function readField(headers: unknown, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  if ('get' in headers && typeof headers.get === 'function') {
    const value: unknown = headers.get(name);
    return typeof value === 'string' ? value : undefined;
  }
  const value: unknown = Object.getOwnPropertyDescriptor(headers, name)?.value;
  return typeof value === 'string' ? value : undefined;
}
