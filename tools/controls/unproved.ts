/**
 * Controls of the runtime that no test proves, each with its reason.
 *
 * A control is here or in a test's title, never in both; a test holds the list to that.
 */
export const UNPROVED: Readonly<Record<string, string>> = {};
