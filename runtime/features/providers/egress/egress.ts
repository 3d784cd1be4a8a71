/**
 * The way out: `/<provider>/<rest>` goes to that provider, or to its fallback.
 *
 * Owns the order of events and the answer when no provider gave one. Only providers of the policy that have targets can
 * be reached, only below their base address. A fallback is asked when a provider cannot be: its breaker is open, its
 * credential is missing, or no connection came about. One whose pool is full works, and its load is not moved elsewhere.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Phase } from '../../../http/phase.ts';
import { formatProblem } from '../../../http/problem.ts';
import { writeHead } from '../../../http/write-head.ts';
import type { Clock } from '../../../resilience/clock.ts';
import { createRetryBudget, type RetryBudget } from '../../../resilience/retry-budget.ts';
import { describeError, type Log } from '../../../telemetry/log.ts';
import type { Providers } from '../providers.ts';
import { callProvider } from './call-provider.ts';
import type { Connections } from './connections.ts';
import { type EgressBody, readEgressBody } from './egress-body.ts';
import { type EgressCall, openCall, readTarget } from './egress-call.ts';
import { type EgressProblem, unknownProvider, unknownTarget } from './egress-problems.ts';

export interface EgressParts {
  readonly providers: Providers;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly phase: Phase;
  readonly log: Log;
}

export interface Egress {
  readonly handle: (req: IncomingMessage, res: ServerResponse) => void;
  /** Calls being served now. */
  readonly active: number;
}

export function createEgress(parts: EgressParts): Egress {
  const { clock, log } = parts;
  const budgets = new Map<string, RetryBudget>();
  let active = 0;

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    active += 1;
    const call = openCall(req, res, clock.nowMs());
    try {
      const problem = await answer(call, parts, budgetOf);
      if (problem !== undefined) send(call, problem);
    } catch (error) {
      const stack = error instanceof Error ? error.stack : undefined;
      log.error({ ...describeError(error), request_id: call.requestId, stack }, 'bug');
      if (res.headersSent) res.destroy();
      else send(call, { status: 500, detail: 'Something went wrong here.' });
    }
    active -= 1;
    say(call, parts);
  }

  function budgetOf(provider: string): RetryBudget {
    const budget = budgets.get(provider) ?? createRetryBudget();
    budgets.set(provider, budget);
    return budget;
  }

  return {
    handle: (req, res) => void serve(req, res),
    get active() {
      return active;
    },
  };
}

/** Undefined when a response was sent or nobody is there for one. */
async function answer(
  call: EgressCall,
  parts: EgressParts,
  budgetOf: (provider: string) => RetryBudget,
): Promise<EgressProblem | undefined> {
  const refusal = readTarget(call);
  if (refusal !== undefined) return refusal;
  const targets = parts.providers.planned.get(call.provider)?.targets ?? [];
  if (targets.length === 0) return unknownProvider();
  if (call.wanted !== undefined && !targets.some(({ name }) => name === call.wanted)) return unknownTarget();
  const body = await readEgressBody(call.req, call.res);
  if (body === undefined) {
    call.outcome = 'client-abort';
    return undefined;
  }
  return askInTurn(call, body, parts, budgetOf);
}

/** The provider, then its fallback, then that one's: the policy holds no circle of them. */
async function askInTurn(
  call: EgressCall,
  body: EgressBody,
  { providers, connections, clock, phase }: EgressParts,
  budgetOf: (provider: string) => RetryBudget,
): Promise<EgressProblem | undefined> {
  let name = call.provider;
  for (;;) {
    const gate = providers.gate(name);
    // A reload may have taken it away.
    if (gate === undefined) return unknownProvider();
    const fields = (): readonly string[] => fieldsOf(call, phase, name);
    const attemptsBefore = call.attempts;
    const asked = await callProvider(call, body, { gate, connections, clock, budget: budgetOf(name), fields });
    if (asked.kind === 'done') return undefined;
    const { fallback } = gate.parts.planned.declared;
    const isBodyHere = body.isRepeatable || call.attempts === attemptsBefore;
    if (asked.kind === 'problem' || fallback === undefined || !isBodyHere) return asked.problem;
    if ((providers.planned.get(fallback)?.targets.length ?? 0) === 0) return asked.problem;
    providers.metrics.fellBack(name, fallback);
    name = fallback;
  }
}

function fieldsOf({ requestId, provider, req }: EgressCall, phase: Phase, servedBy: string): readonly string[] {
  return [
    'x-request-id',
    requestId,
    // What a service, its logs and its tests can tell a second-best answer by.
    ...(servedBy === provider ? [] : ['x-degraded', `fallback=${servedBy}`]),
    // What is left of an unread body would stand before the next request.
    ...(phase.isStopping || !req.complete ? ['connection', 'close'] : []),
  ];
}

function send({ req, res, requestId }: EgressCall, problem: EgressProblem): void {
  if (res.destroyed) return;
  const body = formatProblem(problem, requestId);
  const { retryAfterMs } = problem;
  writeHead(res, problem.status, [
    'content-type',
    'application/problem+json',
    'content-length',
    String(Buffer.byteLength(body)),
    'cache-control',
    'no-store',
    'x-request-id',
    requestId,
    ...(retryAfterMs === undefined ? [] : ['retry-after', String(Math.ceil(retryAfterMs / 1000))]),
    ...(req.complete ? [] : ['connection', 'close']),
  ]);
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** One line for each call. Neither query, header nor body is in it: each may hold a secret. */
function say(call: EgressCall, { log, clock }: EgressParts): void {
  const status = call.outcome === 'client-abort' && !call.res.headersSent ? 499 : call.res.statusCode;
  log[status >= 500 ? 'warn' : 'info'](
    {
      request_id: call.requestId,
      provider: call.provider,
      served_by: call.servedBy,
      target: call.target,
      method: call.req.method,
      path: call.rest === '' ? undefined : call.rest,
      status,
      attempts: call.attempts,
      waited_ms: Math.round(call.waitedMs),
      ms: Math.round(clock.nowMs() - call.startedMs),
      tenant: call.tenant === '' ? undefined : call.tenant,
      outcome: call.outcome,
    },
    'provider call',
  );
}
