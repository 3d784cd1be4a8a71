/**
 * Tells the administrator, on the real response, how it came about.
 *
 * A request with `x-seaworthy-explain: <admin token>` is served, counted and charged like any other, and its response says
 * in `x-seaworthy-decision` (a dictionary of RFC 9651) which route it took, what is left of its limits, what cache and
 * upstream did, and what decided. With another token, and without one, nothing is told. The field ends here: it is never
 * forwarded, and an upstream cannot speak in this name.
 */

import type { CircuitBreaker } from '../resilience/breaker.ts';
import { type Decision, type Exchange, setField } from './exchange.ts';
import { timingSafeEqualText } from './timing-safe-equal.ts';

const EXPLAIN_FIELD = 'x-seaworthy-explain';
const DECISION_FIELD = 'x-seaworthy-decision';
/** Longest text of a member: names of a policy are shorter, a reason may not be. */
const MAX_TEXT = 120;

/** Undefined unless the administrator asks to be told. Costs other requests one look at their fields. */
export function openDecision({ req }: Exchange, adminToken: string | undefined): Decision | undefined {
  const token = req.headers[EXPLAIN_FIELD];
  if (typeof token !== 'string' || adminToken === undefined || adminToken === '') return undefined;
  return timingSafeEqualText(token, adminToken) ? { by: undefined, sent: undefined } : undefined;
}

/** Notes the target that a request is about to be sent to. */
export function noteSent({ decision }: Exchange, { name, breaker }: Service, { authority }: Target): void {
  if (decision !== undefined) decision.sent = { upstream: name, target: authority, breaker: breaker?.state };
}

interface Service {
  readonly name: string;
  readonly breaker: CircuitBreaker | undefined;
}

interface Target {
  readonly authority: string;
}

/** Sets the field, for a response whose head is about to be written. */
export function tellDecision(exchange: Exchange): void {
  if (exchange.decision !== undefined) setField(exchange, DECISION_FIELD, formatDecision(exchange, exchange.decision));
}

function formatDecision(exchange: Exchange, decision: Decision): string {
  const { route, outcome } = exchange;
  const { sent } = decision;
  const members: readonly (readonly [name: string, value: string | undefined])[] = [
    ['route', quote(route?.id)],
    ['decided-by', quote(decidedBy(decision, outcome))],
    ['reason', quote(outcome)],
    ['limits', limitsOf(exchange)],
    ['cache', quote(fieldOf(exchange, 'cache-status'))],
    ['upstream', quote(sent?.upstream)],
    ['target', quote(sent?.target)],
    ['breaker', quote(sent?.breaker)],
  ];
  return members.flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`)).join(', ');
}

function decidedBy({ by, sent }: Decision, outcome: string | undefined): string {
  if (by !== undefined) return by;
  if (outcome?.startsWith('cache-')) return 'cache';
  if (outcome === 'upstream-breaker') return 'breaker';
  return sent === undefined ? 'gateway' : 'upstream';
}

/** The limits with what is left, as an inner list: `("per-key";r=2)`. */
function limitsOf(exchange: Exchange): string | undefined {
  const states = fieldOf(exchange, 'ratelimit');
  return states === undefined ? undefined : `(${states.replaceAll(', ', ' ')})`;
}

function fieldOf({ fields }: Exchange, name: string): string | undefined {
  for (let index = 0; index < fields.length; index += 2) if (fields[index] === name) return fields[index + 1];
  return undefined;
}

/** A string of RFC 9651, 3.3.3: printable ASCII, bounded. */
function quote(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const plain = text.slice(0, MAX_TEXT).replaceAll(/[^ -~]/g, '?');
  return `"${plain.replaceAll(/["\\]/g, '\\$&')}"`;
}
