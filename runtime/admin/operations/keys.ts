/**
 * API keys: make, list, look at, rotate, revoke.
 *
 * The text of a key is in exactly one answer, that of the request which made it. Relies on identity/ for everything else,
 * also for the audit.
 */
import { defined } from '../../../schemas/data/defined.ts';
import type { Refusal, Unavailable } from '../../features/identity/audit.ts';
import type { KeyAdministration } from '../../features/identity/key-administration.ts';
import type { NewKey } from '../../features/identity/key-records.ts';
import type { KeyView } from '../../features/identity/key-view.ts';
import {
  json,
  notHere,
  type Operation,
  operation,
  operationWithBody,
  type Result,
} from '../../http/operations/operation.ts';
import {
  IDENTIFIER,
  LABEL,
  list,
  NAME,
  object,
  PAGING,
  page,
  present,
  presentTimes,
  TEXT,
  TEXTS,
  TIME,
} from '../../http/operations/schemas.ts';
import type { AdminParts } from '../admin-parts.ts';
import { answerRefusal } from './answer-refusal.ts';

const KEY = object({
  id: TEXT,
  start: TEXT,
  'last4?': TEXT,
  label: TEXT,
  status: { enum: ['active', 'grace', 'expired', 'revoked'] },
  'type?': TEXT,
  roles: TEXTS,
  'tenant?': TEXT,
  'tier?': TEXT,
  'user?': TEXT,
  'organisation?': TEXT,
  'replaces?': TEXT,
  createdAt: TIME,
  'expiresAt?': TIME,
  'retiredAt?': TIME,
  'revokedAt?': TIME,
  'lastUsedAt?': TIME,
});

interface NewKeyBody {
  readonly label: string;
  readonly type?: string;
  readonly tenant?: string;
  readonly tier?: string;
  readonly user?: string;
  readonly organisation?: string;
  readonly roles?: readonly string[];
  readonly expiresAt?: string;
}

const NEW_KEY = object({
  label: LABEL,
  'type?': NAME,
  'tenant?': IDENTIFIER,
  'tier?': NAME,
  'user?': IDENTIFIER,
  'organisation?': IDENTIFIER,
  'roles?': { ...list(NAME), maxItems: 32 },
  'expiresAt?': TIME,
});

export function keyOperations({ resources }: AdminParts): readonly Operation[] {
  return [
    operation({
      id: 'listKeys',
      method: 'GET',
      path: '/v1/admin/keys',
      summary: 'API keys, newest first, without their texts.',
      access: 'admin',
      query: { ...PAGING, state: { enum: ['active', 'all'], default: 'all' }, tenant: TEXT },
      answers: { 200: { description: 'One page of keys.', schema: page(KEY) } },
      problems: [422, 503],
      run: ({ query: { limit, after, state, tenant } }) =>
        withKeys(async (keys) => {
          const result = await keys.list({
            ...(limit === undefined ? {} : { limit: Number(limit) }),
            ...defined({ after, tenant }),
            state: state === 'active' ? 'active' : 'all',
          });
          if (result.kind !== 'listed') return answerRefusal(result);
          return json(200, present({ items: result.keys.map(describeKey), next: result.next }));
        }),
    }),
    operationWithBody<NewKeyBody>({
      id: 'createKey',
      method: 'POST',
      path: '/v1/admin/keys',
      summary: 'Makes an API key. Its text is in this answer and nowhere else.',
      access: 'admin',
      body: NEW_KEY,
      answers: { 201: { description: 'The key and its text.', schema: object({ key: KEY, text: TEXT }) } },
      problems: [422, 503],
      run: ({ by }, body) =>
        withKeys(async (keys) => {
          const result = await keys.create(newKeyOf(body), by);
          return result.kind === 'created'
            ? json(201, { key: describeKey(result.key), text: result.text })
            : answerRefusal(result);
        }),
    }),
    operation({
      id: 'getKey',
      method: 'GET',
      path: '/v1/admin/keys/{id}',
      summary: 'One API key, without its text.',
      access: 'admin',
      answers: { 200: { description: 'The key.', schema: object({ key: KEY }) } },
      problems: [503],
      run: ({ params: { id = '' } }) => withKeys(async (keys) => answerKey(await keys.get(id))),
    }),
    operation({
      id: 'revokeKey',
      method: 'DELETE',
      path: '/v1/admin/keys/{id}',
      summary: 'Ends an API key for ever. Asked again, the answer is the same.',
      access: 'admin',
      answers: { 200: { description: 'The key as it is now.', schema: object({ key: KEY }) } },
      problems: [503],
      run: ({ params: { id = '' }, by }) => withKeys(async (keys) => answerKey(await keys.revoke(id, by))),
    }),
    operationWithBody<{ readonly graceMs?: number }>({
      id: 'rotateKey',
      method: 'POST',
      path: '/v1/admin/keys/{id}/rotate',
      summary: 'Replaces an API key by a new one of the same owner; the old one works on for a grace.',
      access: 'admin',
      headers: {
        'idempotency-key': 'The same rotation asked for again is not made again; its text is not shown again.',
      },
      body: object({ 'graceMs?': { type: 'integer', minimum: 0, maximum: 31_622_400_000 } }),
      isBodyOptional: true,
      answers: {
        200: {
          description: 'The new key and its text, and the old one. Without text when it was asked for before.',
          schema: object({ key: KEY, 'text?': TEXT, 'old?': KEY, 'ended?': TEXTS, isRepeated: { type: 'boolean' } }),
        },
      },
      problems: [409, 422, 503],
      run: ({ params: { id = '' }, headers, by }, { graceMs }) =>
        withKeys(async (keys) => {
          const options = present({ graceMs, idempotencyKey: headers['idempotency-key'] });
          return answerRotation(await keys.rotate(id, options, by));
        }),
    }),
  ];

  function withKeys(use: (keys: KeyAdministration) => Promise<Result>): Result | Promise<Result> {
    const { identity } = resources;
    return identity === undefined ? notHere('API keys') : use(identity.apiKeys);
  }
}

function answerKey(result: { readonly kind: string; readonly key: KeyView } | Refusal | Unavailable): Result {
  return 'key' in result ? json(200, { key: describeKey(result.key) }) : answerRefusal(result);
}

function newKeyOf({ type, expiresAt, ...rest }: NewKeyBody): NewKey {
  return {
    ...rest,
    ...defined({ keyType: type }),
    ...(expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) }),
  };
}

function describeKey(key: KeyView): Readonly<Record<string, unknown>> {
  const { keyType, createdAtMs, expiresAtMs, retiredAtMs, revokedAtMs, lastUsedAtMs, ...rest } = key;
  return {
    ...present({ ...rest, type: keyType }),
    ...presentTimes({
      createdAt: createdAtMs,
      expiresAt: expiresAtMs,
      retiredAt: retiredAtMs,
      revokedAt: revokedAtMs,
      lastUsedAt: lastUsedAtMs,
    }),
  };
}

function answerRotation(result: Awaited<ReturnType<KeyAdministration['rotate']>>): Result {
  if (result.kind === 'repeated') return json(200, { key: describeKey(result.key), isRepeated: true });
  if (result.kind !== 'rotated') return answerRefusal(result);
  const { key, text, old, ended } = result;
  return json(200, { key: describeKey(key), text, old: describeKey(old), ended, isRepeated: false });
}
