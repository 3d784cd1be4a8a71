/**
 * JSON lines, one for each event.
 *
 * Owns level, base fields and redaction. Whoever logs passes fields, never a whole request: headers and queries hold
 * secrets. Redaction below is the second line. JSON escapes control characters, so a path cannot forge a line.
 */
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../middleware/exchange.ts';
import { type CallerData, callerData } from './caller-data.ts';
import { scrub } from './errors/scrub.ts';

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

/**
 * The access log. Its fields are a closed list of plain values, so it goes without redaction, which costs more than the rest
 * of a line. Failures are warnings, and so is what took longer than `telemetry.slowMs`; a stream is meant to last.
 */
export function createAccessLog(policy: RuntimePolicy, destination: DestinationStream): AccessLog {
  const log = pino(baseOptions(policy), destination);
  const { slowMs = Number.POSITIVE_INFINITY } = policy.telemetry;
  const caller = callerData(policy.telemetry);
  const write = (exchange: Exchange, status: number, ms: number): void => {
    const isSlow = ms > slowMs && (exchange.route === undefined || exchange.route.kind === 'http');
    const level = status >= 500 || isSlow ? 'warn' : 'info';
    if (!log.isLevelEnabled(level)) return;
    log[level](accessFields(exchange, status, ms, caller), isSlow ? 'slow request' : 'request');
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
  caller: CallerData,
): Readonly<Record<string, unknown>> {
  const { principal, upstreamMs, trace } = exchange;
  const isKey = principal.kind === 'api-key';
  return {
    request_id: exchange.requestId,
    trace_id: trace.traceId,
    span_id: trace.spanId,
    method: exchange.method,
    path: caller.path(exchange),
    route: exchange.route?.id,
    status,
    ms: Math.round(ms * 1000) / 1000,
    upstream_ms: upstreamMs === undefined ? undefined : Math.round(upstreamMs * 1000) / 1000,
    client: caller.client(exchange),
    key_id: isKey ? principal.keyId : undefined,
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

/** A bug for the log: where it is, and its message without what it may quote of somebody's data. */
export function describeBug(error: unknown): Readonly<Record<string, string>> {
  const { error: message, code } = describeError(error);
  const places = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return { error: scrub(message), ...(code === undefined ? {} : { code }), stack: places.join('\n') };
}
