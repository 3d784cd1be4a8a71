/**
 * Whether a failure means that the database cannot be asked now, or that the question was wrong.
 *
 * A server's own error has a code of five characters (SQLSTATE, PostgreSQL manual, appendix A); everything else that comes
 * out of a query is the network, a time limit or the driver's word for them.
 */

/** 08 connection, 25006 read-only after a failover, 53 resources, 57 operator (shutdown, time limit), 58 system, 55P03 lock. */
const OUTAGE = /^(?:08|53|57|58)|^(?:25006|55P03)$/;
/** No class begins with E, as the codes of the operating system do. */
const SQLSTATE = /^[0-9FHPX][0-9A-Z]{4}$/;

export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && SQLSTATE.test(code) ? OUTAGE.test(code) : true;
}

/** What was thrown as an error, whatever it was. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
