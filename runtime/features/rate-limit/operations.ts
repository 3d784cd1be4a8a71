/**
 * Budgets of limits: to look at, to fill up, to give other figures.
 *
 * A budget is a limit and whose it is, such as `key:<id>` or `tenant:<id>`. Relies on administration.ts.
 */

import type { AuditEntry } from '../../http/operations/audit-entry.ts';
import {
  AWAY,
  type Call,
  EMPTY,
  json,
  type Operation,
  operation,
  operationWithBody,
  problem,
  type Result,
} from '../../http/operations/operation.ts';
import { AMOUNT, COUNT, IN_PATH, list, NAME, object, TEXT } from '../../http/operations/schemas.ts';
import type { Administered, BudgetReport, LimitAdministration } from './administration.ts';
import type { Rate } from './gcra.ts';
import type { BudgetName } from './limiter.ts';

const FIGURE = { type: 'integer', minimum: 1, maximum: 1_000_000 };
const RATE = { requests: FIGURE, periodMs: { type: 'integer', minimum: 1, maximum: 2_678_400_000 }, capacity: FIGURE };

const BUDGET = object({
  limit: NAME,
  identity: IN_PATH,
  ...RATE,
  source: { enum: ['policy', 'override'] },
  remaining: COUNT,
  resetMs: AMOUNT,
});

const PATH = '/v1/admin/limits/{limit}/{identity}';
/** Which figures hold, where a limit has several. */
const QUERY = { variant: NAME, tenant: TEXT };

export interface LimitOperationParts {
  readonly administration: LimitAdministration;
  readonly audit: (entry: AuditEntry) => void;
}

export function limitOperations({ administration, audit }: LimitOperationParts): readonly Operation[] {
  return [
    operation({
      id: 'listLimitOverrides',
      method: 'GET',
      path: '/v1/admin/limits',
      summary: 'Budgets that have other figures than the policy says.',
      access: 'admin',
      answers: {
        200: {
          description: 'All of them, as this replica knows them.',
          schema: object({ items: list(object({ limit: TEXT, identity: IN_PATH, ...RATE })) }),
        },
      },
      run: () =>
        json(200, {
          items: administration.overrides().map(({ limit, identity, rate: { requests, periodMs, capacity } }) => ({
            ...{ limit, identity, requests, periodMs, capacity },
          })),
        }),
    }),
    operation({
      id: 'getBudget',
      method: 'GET',
      path: PATH,
      summary: 'Where one budget stands.',
      access: 'admin',
      query: QUERY,
      answers: { 200: { description: 'The budget.', schema: object({ budget: BUDGET }) } },
      problems: [503],
      run: async (call) => answerBudget(await administration.inspect(budgetOf(call))),
    }),
    operation({
      id: 'resetBudget',
      method: 'DELETE',
      path: PATH,
      summary: 'Fills one budget up, on all replicas.',
      access: 'admin',
      query: QUERY,
      answers: { 200: { description: 'The budget as it is now.', schema: object({ budget: BUDGET }) } },
      problems: [503],
      run: (call) => change(call, 'limit.reset', (name) => administration.reset(name)),
    }),
    operationWithBody<Rate>({
      id: 'setBudget',
      method: 'PUT',
      path: PATH,
      summary: 'Gives one budget other figures than the policy says, until they are taken away.',
      access: 'admin',
      query: QUERY,
      body: object(RATE),
      answers: { 200: { description: 'The budget as it is now.', schema: object({ budget: BUDGET }) } },
      problems: [422, 503],
      run: (call, { requests, periodMs, capacity }) =>
        change(call, 'limit.override', (name) => administration.setOverride(name, { requests, periodMs, capacity }), {
          ...{ requests, period_ms: periodMs, capacity },
        }),
    }),
    operation({
      id: 'clearBudget',
      method: 'DELETE',
      path: `${PATH}/override`,
      summary: 'Gives one budget back the figures of the policy; done also when it had them.',
      access: 'admin',
      query: QUERY,
      answers: { 204: { description: 'It has them.' } },
      problems: [503],
      async run(call) {
        const result = await change(call, 'limit.override.clear', (name) => administration.clearOverride(name));
        return result.kind === 'json' ? EMPTY : result;
      },
    }),
  ];

  async function change(
    call: Call,
    action: string,
    apply: (name: BudgetName) => Promise<Administered<undefined>>,
    detail: NonNullable<AuditEntry['detail']> = {},
  ): Promise<Result> {
    const name = budgetOf(call);
    const result = await apply(name);
    const said = { done: 'done', 'store-away': 'unavailable', invalid: 'refused', 'no-such-limit': 'refused' } as const;
    const subject = `${name.limit} ${name.identity}`;
    audit({ ...call.by, action, subject, result: said[result.kind], detail });
    return answerBudget(result.kind === 'done' ? await administration.inspect(name) : result);
  }
}

function budgetOf({ params: { limit = '', identity = '' }, query: { variant, tenant } }: Call): BudgetName {
  return { limit, identity, variant, tenant };
}

function answerBudget(result: Administered<BudgetReport | undefined>): Result {
  switch (result.kind) {
    case 'done':
      return json(200, { budget: result.value });
    case 'no-such-limit':
      return problem(404, 'The policy has no such limit.');
    case 'invalid':
      return problem(422, result.reason);
    case 'store-away':
      return { ...AWAY, detail: 'The counters cannot be asked now; nothing was changed.' };
  }
}
