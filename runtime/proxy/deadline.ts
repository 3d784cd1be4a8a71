/**
 * How long a request may take: the route's time, or less when a caller that is trusted has less.
 *
 * Two fields are read: `x-request-deadline-ms`, which the runtime also sends on, and `grpc-timeout` (gRPC over HTTP/2,
 * "Requests"). Both say how much time is left, not when it ends, so that clocks need not agree.
 */

/** Milliseconds left for the upstream. */
export const DEADLINE_FIELD = 'x-request-deadline-ms';

const GRPC_UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

type Field = string | readonly string[] | undefined;

/** Milliseconds that the caller leaves; undefined when it says nothing that can be understood. */
export function statedTimeoutMs(headers: Readonly<Record<string, Field>>): number | undefined {
  const own = headers[DEADLINE_FIELD];
  if (typeof own === 'string' && /^[0-9]{1,9}$/.test(own)) return Number(own);
  const grpc = headers['grpc-timeout'];
  const [, digits, unit = ''] = typeof grpc === 'string' ? (/^([0-9]{1,8})([HMSmun])$/.exec(grpc) ?? []) : [];
  return digits === undefined ? undefined : Number(digits) * (GRPC_UNITS[unit] ?? 1);
}
