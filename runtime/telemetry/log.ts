/**
 * JSON lines, one for each event.
 *
 * Owns level, base fields and redaction. Whoever logs passes fields, never a whole request: headers and queries hold
 * secrets. Redaction below is the second line. JSON escapes control characters, so a path cannot forge a line.
 */
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../middleware/exchange.ts';
import { createKeyHider } from './hide-keys.ts';

export type Log = Logger;

/** Writes the line of one request. */
export interface AccessLog {
  (exchange: Exchange, status: number, ms: number): void;
  setLevel(level: RuntimePolicy['telemetry']['logLevel']): void;
}

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
  const redact = {
    paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]),
    censor: '[redacted]',
  };
  return pino({ ...baseOptions(policy), redact }, destination);
}

/** The access log. Its fields are a closed list of plain values, so it goes without redaction, which costs more than the rest of a line. */
export function createAccessLog(policy: RuntimePolicy, destination: DestinationStream): AccessLog {
  const log = pino(baseOptions(policy), destination);
  const hideKeys = createKeyHider(policy);
  const write = (exchange: Exchange, status: number, ms: number): void => {
    const level = status >= 500 ? 'warn' : 'info';
    if (log.isLevelEnabled(level)) log[level](accessFields(exchange, status, ms, hideKeys), 'request');
  };
  return Object.assign(write, {
    setLevel(level: RuntimePolicy['telemetry']['logLevel']) {
      log.level = level;
    },
  });
}

function baseOptions(policy: RuntimePolicy): LoggerOptions {
  return {
    level: policy.telemetry.logLevel,
    base: { system: policy.system, environment: policy.environment },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
}

function accessFields(
  exchange: Exchange,
  status: number,
  ms: number,
  hideKeys: (path: string) => string,
): Readonly<Record<string, unknown>> {
  const { principal, upstreamMs } = exchange;
  const isKey = principal.kind === 'api-key';
  return {
    request_id: exchange.requestId,
    method: exchange.method,
    path: exchange.path === '' ? undefined : hideKeys(exchange.path),
    route: exchange.route?.id,
    status,
    ms: Math.round(ms * 1000) / 1000,
    upstream_ms: upstreamMs === undefined ? undefined : Math.round(upstreamMs * 1000) / 1000,
    client: exchange.client.client,
    key_id: isKey || principal.kind === 'signature' ? principal.keyId : undefined,
    tenant: isKey ? principal.tenant : undefined,
    outcome: exchange.outcome,
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
