/**
 * The ports of the runtime that nobody has to write.
 *
 * Owns the usual numbers and where the operators' port goes when its number is taken, so that policy, probes and scrapes agree.
 */

export const USUAL_PORT = 8080;
const USUAL_OPERATORS_PORT = 9090;

/** The port of metrics, probes and administration: always one of its own, and never encrypted. */
export function operatorsPort(port = USUAL_PORT, wanted = USUAL_OPERATORS_PORT): number {
  if (wanted !== port) return wanted;
  return port === USUAL_OPERATORS_PORT ? USUAL_OPERATORS_PORT + 1 : USUAL_OPERATORS_PORT;
}
