/**
 * Asks one provider, by its pool and breaker, as often as its retries allow.
 *
 * A call is sent again when it certainly was not sent, or when it may be repeated (RFC 9110, 9.2.2, or Idempotency-Key);
 * never once a byte of a response left for the service, never without a place in the retry budget, never against a
 * Retry-After.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResponseHead } from '../../../http/write-head.ts';
import { resultOfStatus } from '../../../resilience/call-result.ts';
import type { Clock } from '../../../resilience/clock.ts';
import type { RetryBudget } from '../../../resilience/retry-budget.ts';
import type { CallEnd, Pass, ProviderGate } from '../provider-gate.ts';
import { throttleOf } from '../retry-after.ts';
import type { Connections } from './connections.ts';
import type { EgressBody } from './egress-body.ts';
import type { EgressCall } from './egress-call.ts';
import { egressRequestHead, egressResponseHead } from './egress-head.ts';
import { type EgressProblem, failed, notEntered } from './egress-problems.ts';
import { type RelayOutcome, relay } from './relay.ts';

/** How asking ended. */
export type Asked =
  /** The response is on its way or there is nobody to send one to. */
  | { readonly kind: 'done' }
  | { readonly kind: 'problem'; readonly problem: EgressProblem }
  /** The provider cannot be asked and got nothing of this call: another may be. */
  | { readonly kind: 'unasked'; readonly problem: EgressProblem };

export interface AskParts {
  readonly gate: ProviderGate;
  readonly connections: Connections;
  readonly budget: RetryBudget;
  readonly clock: Clock;
  /** Fields that every response carries, for example whose it is. */
  readonly fields: () => readonly string[];
}

const REPEATABLE = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);
const BACKOFF_MS = 50;
const DONE: Asked = { kind: 'done' };

export async function callProvider(call: EgressCall, body: EgressBody, parts: AskParts): Promise<Asked> {
  const { gate } = parts;
  const { tenant, signal } = call;
  const { name } = gate.parts.planned;
  const requestId = call.isGrouped ? call.requestId : '';
  // A fallback has targets of its own.
  const target = name === call.provider ? call.wanted : undefined;
  const entry = await gate.enter({ tenant, signal, requestId, target });
  switch (entry.kind) {
    case 'abandoned':
      call.outcome = 'client-abort';
      return DONE;
    case 'unavailable':
      return { kind: 'unasked', problem: notEntered(name, entry) };
    case 'refused':
      return { kind: 'problem', problem: notEntered(name, entry) };
    case 'entered':
      call.waitedMs += entry.pass.waitedMs;
      return new Asking(call, body, parts, entry.pass).run();
  }
}

/** The attempts of one call at one provider, from leave to the end of the response. */
class Asking {
  readonly #call: EgressCall;
  readonly #body: EgressBody;
  readonly #parts: AskParts;
  readonly #pass: Pass;
  #attempts = 0;
  #holdsBudget = false;

  constructor(call: EgressCall, body: EgressBody, parts: AskParts, pass: Pass) {
    this.#call = call;
    this.#body = body;
    this.#parts = parts;
    this.#pass = pass;
  }

  async run(): Promise<Asked> {
    const { budget, gate } = this.#parts;
    budget.requestStarted(gate.parts.planned.declared.retries?.budget ?? 0);
    try {
      for (;;) {
        const outcome = await this.#attempt();
        if (!this.#isWorthAnother(outcome)) return this.#conclude(outcome);
        if (!this.#pass.again(this.#endOf(outcome))) return this.#giveUp(outcome);
        // Full jitter: those that failed together must not come back together.
        await sleep(Math.random() * BACKOFF_MS * 2 ** this.#attempts);
      }
    } finally {
      // Whatever happened, nothing is kept; after `leave` or a failed `again` this does nothing.
      this.#pass.leave({ result: 'neither' });
      if (this.#holdsBudget) budget.release();
      budget.requestEnded();
    }
  }

  #attempt(): Promise<RelayOutcome> {
    const { req, res, rest, query } = this.#call;
    const { target, provider } = this.#pass;
    if (target === undefined) throw new Error(`providers: ${provider} was asked without a target`);
    this.#attempts += 1;
    this.#call.attempts += 1;
    this.#call.servedBy = provider;
    this.#call.target = target.name;
    const path = `${target.basePath}${rest}`;
    return relay({
      dispatcher: this.#parts.connections.pool(target.origin),
      method: req.method ?? '',
      path: `${path === '' ? '/' : path}${query}`,
      headers: egressRequestHead(req, target),
      body: this.#body.open(),
      res,
      timeoutMs: this.#leftMs(),
      wants: (head) => !this.#isRetriedStatus(head),
      fieldsOf: (head) => [...egressResponseHead(head, target), ...this.#parts.fields()],
    });
  }

  #leftMs(): number {
    const { timeoutMs } = this.#parts.gate.parts.planned.declared;
    return timeoutMs - (this.#parts.clock.nowMs() - this.#pass.enteredMs);
  }

  #isRetriedStatus(head: ResponseHead): boolean {
    const { retries } = this.#parts.gate.parts.planned.declared;
    if (!retries?.on.some((status) => status === head.status)) return false;
    return this.#throttleMs(head) === undefined && this.#mayRepeat() && this.#takeBudget();
  }

  #isWorthAnother(outcome: RelayOutcome): boolean {
    if (outcome.kind === 'unwanted') return true;
    if (outcome.kind !== 'failed' || outcome.headSent || !this.#body.isRepeatable) return false;
    if (isNotSent(outcome)) return this.#takeBudget();
    return outcome.reason === 'reset' && this.#mayRepeat() && this.#takeBudget();
  }

  #mayRepeat(): boolean {
    const { method = '', headers } = this.#call.req;
    return this.#body.isRepeatable && (REPEATABLE.has(method) || headers['idempotency-key'] !== undefined);
  }

  /** One retry of a call is in flight at a time, so its place is kept to the end of the call; each retry has to be earned. */
  #takeBudget(): boolean {
    const { retries } = this.#parts.gate.parts.planned.declared;
    if (retries === undefined || this.#attempts > retries.max || this.#leftMs() <= 0) return false;
    if (!this.#parts.budget.take(retries.budget, this.#holdsBudget)) return false;
    this.#holdsBudget = true;
    return true;
  }

  #conclude(outcome: RelayOutcome): Asked {
    const { provider } = this.#pass;
    this.#pass.leave(this.#endOf(outcome));
    if (outcome.kind === 'client-abort') this.#call.outcome = 'client-abort';
    if (outcome.kind !== 'failed') return DONE;
    this.#call.outcome = `provider-${outcome.reason}: ${outcome.error}`;
    if (outcome.headSent) return DONE;
    return { kind: isNotSent(outcome) ? 'unasked' : 'problem', problem: failed(provider, outcome) };
  }

  /** No target may be asked any more. What was sent before and is repeatable may be asked of the fallback too. */
  #giveUp(outcome: RelayOutcome): Asked {
    const { provider } = this.#pass;
    this.#call.outcome = `provider-open after ${outcome.kind}`;
    return {
      kind: 'unasked',
      problem: notEntered(provider, { kind: 'unavailable', reason: 'open', retryAfterMs: 1_000 }),
    };
  }

  #endOf(outcome: RelayOutcome): CallEnd {
    switch (outcome.kind) {
      case 'answered':
      case 'unwanted':
        return { result: resultOfStatus(outcome.head.status), throttleMs: this.#throttleMs(outcome.head) };
      case 'client-abort':
        return { result: 'neither' };
      case 'failed':
        return { result: 'failure' };
    }
  }

  #throttleMs({ status, headers }: ResponseHead): number | undefined {
    const field = headers['retry-after'];
    return throttleOf(status, typeof field === 'string' ? field : undefined, this.#parts.clock.wallMs());
  }
}

function isNotSent(outcome: RelayOutcome): boolean {
  return outcome.kind === 'failed' && (outcome.reason === 'connect' || outcome.reason === 'connect-timeout');
}
