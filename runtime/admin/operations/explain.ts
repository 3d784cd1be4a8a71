/** What would become of a request: a dry run over the policy in force. */

import { json, type Operation, operationWithBody } from '../../http/operations/operation.ts';
import { AMOUNT, COUNT, list, object, present, SWITCH, TEXT } from '../../http/operations/schemas.ts';
import type { AdminParts } from '../admin-parts.ts';
import { type ExplainRequest, type Explanation, explain, type ReadLimits } from '../explain/explain.ts';

const REQUEST = object({
  method: { type: 'string', pattern: '^[A-Z]{1,20}$' },
  path: { type: 'string', minLength: 1, maxLength: 8_192 },
  'headers?': {
    type: 'object',
    maxProperties: 100,
    propertyNames: { pattern: '^[a-z0-9!#$%&*+.^_|~-]{1,100}$' },
    additionalProperties: { type: 'string', maxLength: 8_192 },
  },
  'client?': { type: 'string', minLength: 2, maxLength: 64 },
});

const EXPLANATION = object({
  outcome: { enum: ['forwarded', 'answered'] },
  'status?': { type: 'integer' },
  digest: TEXT,
  'route?': object({ id: TEXT, path: TEXT, auth: TEXT, kind: TEXT }),
  client: object({ address: { type: 'string' }, key: { type: 'string' } }),
  principal: object({ kind: TEXT, 'keyId?': TEXT, 'tenant?': TEXT, 'type?': TEXT, 'tier?': TEXT }),
  steps: list(
    object({
      name: TEXT,
      result: { enum: ['passes', 'answers', 'not-asked', 'not-tried'] },
      'reason?': { type: 'string' },
    }),
  ),
  limits: list(
    object({
      limit: TEXT,
      identity: { type: 'string' },
      cost: AMOUNT,
      isDryRun: SWITCH,
      'remaining?': COUNT,
      'resetMs?': AMOUNT,
    }),
  ),
  'upstream?': object({ name: TEXT, 'breaker?': TEXT }),
});

export function explainOperations({ snapshot, resources }: AdminParts): readonly Operation[] {
  const readLimits: ReadLimits = async (exchange) =>
    (await resources.features.api('rateLimit')?.explain(exchange)) ?? [];
  return [
    operationWithBody<ExplainRequest>({
      id: 'explain',
      method: 'POST',
      path: '/v1/admin/explain',
      summary:
        'What would become of a request, and which policy would say so. Nothing is forwarded, counted or charged.',
      access: 'admin',
      body: REQUEST,
      answers: { 200: { description: 'What would happen, step by step.', schema: EXPLANATION } },
      async run(_call, request) {
        const { parts, digest } = snapshot();
        return json(200, { digest, ...describe(await explain(parts, request, readLimits)) });
      },
    }),
  ];

  function describe({
    status,
    route,
    client,
    principal,
    steps,
    limits,
  }: Explanation): Readonly<Record<string, unknown>> {
    const name = route?.upstream;
    const breaker = name === undefined ? undefined : resources.breakers.find('upstream', name)?.view().state;
    return present({
      outcome: status === undefined ? 'forwarded' : 'answered',
      status,
      route: route && { id: route.id, path: route.path, auth: route.auth, kind: route.kind },
      client,
      principal: describePrincipal(principal),
      steps,
      limits: limits.map(({ outcome, ...limit }) =>
        present({
          ...limit,
          remaining: outcome?.remaining,
          resetMs: outcome !== undefined && Number.isFinite(outcome.resetMs) ? outcome.resetMs : undefined,
        }),
      ),
      upstream: name === undefined ? undefined : present({ name, breaker }),
    });
  }
}

function describePrincipal(principal: Explanation['principal']): Readonly<Record<string, unknown>> {
  if (principal.kind !== 'api-key') return { kind: principal.kind };
  const { kind, keyId, tenant, keyType, tier } = principal;
  return present({ kind, keyId, tenant, type: keyType, tier });
}
