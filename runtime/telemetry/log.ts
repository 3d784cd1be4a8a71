/**
 * JSON lines, one for each event.
 *
 * Owns level, base fields and redaction. Whoever logs passes fields, never a whole request: headers and queries hold
 * secrets. Redaction below is the second line. JSON escapes control characters, so a path cannot forge a line.
 */
import { type DestinationStream, type Logger, pino } from 'pino';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';

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
  'url',
];

export function createLog(policy: RuntimePolicy, destination: DestinationStream): Log {
  return pino(
    {
      level: policy.telemetry.logLevel,
      base: { system: policy.system, environment: policy.environment },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]),
        censor: '[redacted]',
      },
    },
    destination,
  );
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
