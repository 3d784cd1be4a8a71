/**
 * Reports to Sentry, or whatever speaks its protocol.
 *
 * Owns what an event holds, as a closed list: where the bug is, which release, which trace. Built from the parts of
 * @sentry/core and not from its client, which gathers more and keeps global state. Loaded only where a DSN is set.
 */

import { randomUUID } from 'node:crypto';
import {
  createEventEnvelope,
  createStackParser,
  createTransport,
  type DsnComponents,
  type ErrorEvent,
  exceptionFromError,
  getEnvelopeEndpointWithUrlEncodedAuth,
  makeDsn,
  type StackFrame,
} from '@sentry/core';
import { nodeStackLineParser } from '@sentry/core/server';
import { request } from 'undici';
import { defined } from '../../../schemas/data/defined.ts';
import type { Clock } from '../../resilience/clock.ts';
import { VERSION } from '../../version.ts';
import type { BugContext, BugSink } from './bug-reports.ts';
import { redact } from './redact.ts';

export interface SentryOptions {
  readonly dsn: string;
  readonly system: string;
  readonly environment: string;
  readonly clock: Clock;
}

const SEND_TIMEOUT_MS = 5_000;
/** Reports under way at most; more are not taken. */
const BUFFER = 20;

const parseStack = createStackParser(nodeStackLineParser());

// As @sentry/core has it, which repeats a bad one on the console.
const DSN = /^https?:\/\/\w+(?::\w+)?@[\w.-]+(?::\d+)?\/(?:[\w./-]+\/)?\d+$/;

/** Undefined when the DSN is none. */
export function createSentrySink(options: SentryOptions): BugSink | undefined {
  const dsn = DSN.test(options.dsn) ? makeDsn(options.dsn) : undefined;
  if (dsn === undefined) return undefined;
  const transport = createTransport({ bufferSize: BUFFER, recordDroppedEvent: () => undefined }, ({ body }) =>
    post(dsn, body),
  );
  return {
    async send(error, context) {
      const envelope = createEventEnvelope(describeBug(error, context, options), dsn);
      const { statusCode = 0 } = await transport.send(envelope);
      return statusCode >= 200 && statusCode < 300;
    },
    async close(timeoutMs) {
      await transport.flush(timeoutMs);
    },
  };
}

/** The event, with nothing in it that is not named here. */
function describeBug(
  error: Error,
  { traceId, spanId, route, digest }: BugContext,
  { system, environment, clock }: SentryOptions,
): ErrorEvent {
  const { type = 'Error', value = '', stacktrace } = exceptionFromError(parseStack, error);
  return {
    type: undefined,
    event_id: randomUUID().replaceAll('-', ''),
    timestamp: clock.wallMs() / 1000,
    platform: 'node',
    level: 'error',
    release: `seaworthy@${VERSION}`,
    environment,
    exception: { values: [{ type, value: redact(value), stacktrace: { frames: placesOf(stacktrace?.frames) } }] },
    tags: {
      system,
      ...defined({ route, policy_digest: digest }),
    },
    ...(traceId === undefined || spanId === undefined
      ? {}
      : { contexts: { trace: { trace_id: traceId, span_id: spanId } } }),
  };
}

/** Places in the code; the parser may add lines of it and values of variables. */
function placesOf(frames: readonly StackFrame[] = []): StackFrame[] {
  return frames.map(({ filename, function: name, lineno, colno, in_app }) => ({
    ...(filename === undefined ? {} : { filename: redact(filename) }),
    ...defined({ function: name, lineno, colno, in_app }),
  }));
}

async function post(dsn: DsnComponents, body: string | Uint8Array) {
  const {
    statusCode,
    headers,
    body: answer,
  } = await request(getEnvelopeEndpointWithUrlEncodedAuth(dsn), {
    method: 'POST',
    headers: { 'content-type': 'application/x-sentry-envelope' },
    body,
    signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
  });
  await answer.dump();
  const field = (name: string): string | null => headers[name]?.toString() ?? null;
  return {
    statusCode,
    headers: { 'x-sentry-rate-limits': field('x-sentry-rate-limits'), 'retry-after': field('retry-after') },
  };
}
