/** Circuit breakers: how they stand, and what an operator makes of them. */

import { BREAKER_KINDS, type BreakerKind } from '../../../schemas/metrics.ts';
import { json, type Operation, operation, operationWithBody, problem } from '../../http/operations/operation.ts';
import { COUNT, list, object, present, TEXT, TIME, timeOf } from '../../http/operations/schemas.ts';
import type { ListedBreaker } from '../../proxy/breakers.ts';
import type { AdminParts } from '../admin-parts.ts';

const KIND = { enum: [...BREAKER_KINDS] };
const ACTIONS = ['open', 'close', 'reset'] as const;

const BREAKER = object({
  kind: KIND,
  name: TEXT,
  state: { enum: ['closed', 'half-open', 'open'] },
  'forced?': { enum: ['open', 'closed'] },
  since: TIME,
  calls: COUNT,
  failures: COUNT,
  consecutiveFailures: COUNT,
  probesInFlight: COUNT,
  retryInMs: { type: 'number', minimum: 0 },
  refused: COUNT,
});

interface Change {
  readonly kind: BreakerKind;
  readonly name: string;
  readonly action: (typeof ACTIONS)[number];
}

export function breakerOperations({ resources }: AdminParts): readonly Operation[] {
  const { breakers, clock } = resources;
  const describe = ({ forMs, forced, ...rest }: ListedBreaker): Readonly<Record<string, unknown>> =>
    present({ ...rest, forced, since: timeOf(clock.wallMs() - forMs) });
  const find = (kind: BreakerKind, name: string) =>
    breakers.list().find((listed) => listed.kind === kind && listed.name === name);

  return [
    operation({
      id: 'listBreakers',
      method: 'GET',
      path: '/v1/admin/breakers',
      summary: 'Circuit breakers of this replica.',
      access: 'admin',
      answers: { 200: { description: 'All breakers.', schema: object({ items: list(BREAKER) }) } },
      run: () => json(200, { items: breakers.list().map(describe) }),
    }),
    operationWithBody<Change>({
      id: 'changeBreaker',
      method: 'POST',
      path: '/v1/admin/breakers',
      summary:
        'Holds a breaker of this replica open or closed, or lets it decide itself again with its counts cleared.',
      access: 'admin',
      body: object({ kind: KIND, name: TEXT, action: { enum: [...ACTIONS] } }),
      answers: { 200: { description: 'The breaker as it is now.', schema: object({ breaker: BREAKER }) } },
      change: (_call, { kind, name, action }) => ({ action: `breaker.${action}`, subject: `${kind} ${name}` }),
      run(_call, { kind, name, action }) {
        const breaker = breakers.find(kind, name);
        if (breaker === undefined) return problem(404, 'There is no such breaker.');
        if (action === 'reset') breaker.reset();
        else breaker.force(action === 'open' ? 'open' : 'closed');
        const now = find(kind, name);
        return now === undefined ? problem(404, 'There is no such breaker.') : json(200, { breaker: describe(now) });
      },
    }),
  ];
}
