/**
 * JSON lines, one for each event.
 *
 * Owns level, base fields and redaction. Whoever logs passes fields, never a whole request: headers and queries hold
 * secrets. Redaction below is the second line. JSON escapes control characters, so a path cannot forge a line.
 */

import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { defined } from '../../schemas/data/defined.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { redact } from './errors/redact.ts';

export type Log = Logger;

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'password',
  'secret',
  'token',
  'pepper',
  'dsn',
  'signature',
  'email',
  'prompt',
  'body',
  'url',
];

export function createLog(policy: RuntimePolicy, destination: DestinationStream): Log {
  const redact = {
    paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]),
    censor: '[redacted]',
  };
  return pino({ ...baseOptions(policy), redact }, destination);
}

function baseOptions(policy: RuntimePolicy): LoggerOptions {
  return {
    level: policy.telemetry.logLevel,
    base: { system: policy.system, environment: policy.environment },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
}

/** The part of an error that may be logged: database errors carry connection details in other fields. */
export function describeError(error: unknown): { readonly error: string; readonly code?: string } {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // A refused connection to several addresses has an empty message and its reasons inside.
  const message =
    error instanceof AggregateError && error.message === '' ? error.errors.map(String).join('; ') : error.message;
  return code === undefined ? { error: message } : { error: message, code };
}

/** A bug for the log: where it is, and its message without what it may quote of somebody's data. */
export function describeBug(error: unknown): Readonly<Record<string, string>> {
  const { error: message, code } = describeError(error);
  const places = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return { error: redact(message), ...defined({ code }), stack: places.join('\n') };
}
