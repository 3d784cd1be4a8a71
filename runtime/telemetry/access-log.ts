/**
 * The line of each request.
 *
 * Owns its fields, a closed list of plain values. It looks like every other line (log.ts) and is put together here, not by the
 * logger or from an object: nothing in it needs redaction, and writing it was the dearest step of a request.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Principal } from '../http/principal.ts';
import { callerData } from './caller-data.ts';
import { createKeyRedactor } from './redact-keys.ts';
import { createTimestamps } from './timestamps.ts';

/** Writes the line of one request. */
export interface AccessLog {
  (exchange: Exchange, status: number, ms: number): void;
  setLevel(level: Level): void;
}

type Level = RuntimePolicy['telemetry']['logLevel'];

/** Failures are warnings, and so is what took longer than `telemetry.slowMs`, except streams, which are meant to last. */
export function createAccessLog(policy: RuntimePolicy, destination: { write(line: string): void }): AccessLog {
  const { system, environment } = policy;
  const { slowMs = Number.POSITIVE_INFINITY } = policy.telemetry;
  const caller = callerData(policy.telemetry);
  const redactKeys = createKeyRedactor(policy);
  const timestamp = createTimestamps();
  const place = `"system":${JSON.stringify(system)},"environment":${JSON.stringify(environment)}`;
  let level = policy.telemetry.logLevel;

  function write(exchange: Exchange, status: number, ms: number): void {
    const { route, principal, upstreamMs, trace } = exchange;
    const isSlow = ms > slowMs && (route === undefined || route.kind === 'http');
    const isWarning = status >= 500 || isSlow;
    if (level === 'error' || (level === 'warn' && !isWarning)) return;
    const who = namesOf(principal);
    const line =
      `{"level":"${isWarning ? 'warn' : 'info'}","time":"${timestamp()}",${place}` +
      text('request_id', exchange.requestId) +
      text('trace_id', trace.traceId) +
      text('span_id', trace.spanId) +
      text('method', exchange.method) +
      text('path', redactKeys(caller.path(exchange))) +
      text('route', route?.id) +
      figure('status', status) +
      figure('ms', inMillis(ms)) +
      (upstreamMs === undefined ? '' : figure('upstream_ms', inMillis(upstreamMs))) +
      text('client', caller.client(exchange)) +
      text('key_id', who.key_id) +
      text('tenant', who.tenant) +
      text('outcome', exchange.outcome);
    destination.write(`${line},"msg":"${isSlow ? 'slow request' : 'request'}"}\n`);
  }

  return Object.assign(write, {
    setLevel(next: Level) {
      level = next;
    },
  });
}

/** A member of the line; what is not known is left out. Anything but plain text is escaped, so that a path cannot forge a line. */
function text(name: string, value: string | undefined): string {
  if (value === undefined) return '';
  return PLAIN.test(value) ? `,"${name}":"${value}"` : `,"${name}":${JSON.stringify(value)}`;
}

/** Printable ASCII without the two characters that JSON escapes. */
const PLAIN = /^[ !#-[\]-~]*$/;

const figure = (name: string, value: number): string => `,"${name}":${value}`;

function inMillis(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

interface Names {
  readonly key_id?: string;
  readonly tenant?: string | undefined;
}

function namesOf(principal: Principal): Names {
  switch (principal.kind) {
    case 'api-key':
      return { key_id: principal.keyId, tenant: principal.tenant };
    case 'signature':
      return { key_id: principal.keyId };
    default:
      return NOBODY;
  }
}

const NOBODY: Names = {};
