/**
 * The line of each request.
 *
 * Owns its fields, a closed list of plain values. It looks like every other line (log.ts) and is made without the logger:
 * nothing in it needs redaction, and writing it was the dearest step of a request.
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
  let level = policy.telemetry.logLevel;

  function write(exchange: Exchange, status: number, ms: number): void {
    const { route, principal, upstreamMs, trace } = exchange;
    const isSlow = ms > slowMs && (route === undefined || route.kind === 'http');
    const isWarning = status >= 500 || isSlow;
    if (level === 'error' || (level === 'warn' && !isWarning)) return;
    const line = {
      level: isWarning ? 'warn' : 'info',
      time: timestamp(),
      system,
      environment,
      request_id: exchange.requestId,
      trace_id: trace.traceId,
      span_id: trace.spanId,
      method: exchange.method,
      path: redactKeys(caller.path(exchange)),
      route: route?.id,
      status,
      ms: inMillis(ms),
      upstream_ms: upstreamMs === undefined ? undefined : inMillis(upstreamMs),
      client: caller.client(exchange),
      ...namesOf(principal),
      outcome: exchange.outcome,
      msg: isSlow ? 'slow request' : 'request',
    };
    // What is not known is left out; control characters are escaped, so a path cannot forge a line.
    destination.write(`${JSON.stringify(line)}\n`);
  }

  return Object.assign(write, {
    setLevel(next: Level) {
      level = next;
    },
  });
}

function inMillis(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function namesOf(principal: Principal): { readonly key_id?: string; readonly tenant?: string | undefined } {
  switch (principal.kind) {
    case 'api-key':
      return { key_id: principal.keyId, tenant: principal.tenant };
    case 'signature':
      return { key_id: principal.keyId };
    default:
      return NOBODY;
  }
}

const NOBODY = {};
