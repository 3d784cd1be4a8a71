/**
 * How long the runtime takes to close what it opened once its requests are over.
 *
 * Owns the one figure that both sides use: the compiler leaves this much of the time to stop to the closing, and the runtime
 * gives up what is not closed by then (a database that is gone, a collector that does not answer).
 */

/** Part of `drain`: whoever says that a gateway stops within 30 s means all of it. */
export const CLOSING_MS = 5_000;
