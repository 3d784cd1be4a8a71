/**
 * The key that a person tries a policy with, asked for as an administrator would.
 *
 * It carries a tenant, a user, an organisation and every role that a route asks for, so that no limit and no route is out
 * of reach. Owns the refusal: without a database there is no key.
 */

import { defined } from '../../schemas/data/defined.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { DAY_MS } from '../../schemas/units/duration.ts';

export type DemoKey =
  /** No route of the policy asks for a key. */
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly text: string; forget(): Promise<void> }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Administrator {
  readonly adminUrl: string;
  readonly token: string;
}

const DEMO = 'demo';
/** What an administrator may give to one key. */
const MOST_ROLES = 32;

export async function issueDemoKey({ auth, routes }: RuntimePolicy, administrator: Administrator): Promise<DemoKey> {
  if (!routes.some((route) => route.auth === 'api-key')) return { kind: 'none' };
  const tier = auth.tenants?.tiers?.[0];
  if (auth.tenants?.store === 'database') {
    const made = await ask(administrator, 'POST', '/v1/admin/tenants', {
      id: DEMO,
      name: 'Demo',
      ...defined({ tier }),
    });
    if (made.status !== 201 && made.status !== 409) return refused(made);
  }
  const roles = [...new Set(routes.flatMap((route) => route.roles ?? []))].slice(0, MOST_ROLES);
  const made = await ask(administrator, 'POST', '/v1/admin/keys', {
    label: DEMO,
    tenant: DEMO,
    user: DEMO,
    organisation: DEMO,
    roles,
    // Should the end of the trial not be told to a real database.
    expiresAt: new Date(Date.now() + DAY_MS).toISOString(),
  });
  const { text, id } = made;
  if (made.status !== 201 || text === undefined || id === undefined) return refused(made);
  return {
    kind: 'key',
    text,
    forget: async () => {
      await ask(administrator, 'DELETE', `/v1/admin/keys/${id}`).catch(() => undefined);
    },
  };
}

interface Answered {
  readonly status: number;
  readonly detail: string;
  readonly text: string | undefined;
  readonly id: string | undefined;
}

async function ask({ adminUrl, token }: Administrator, method: string, path: string, body?: object): Promise<Answered> {
  const response = await fetch(`${adminUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = fieldsOf(await response.json());
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return {
    status: response.status,
    detail: text(answer['detail']) ?? '',
    text: text(answer['text']),
    id: text(fieldsOf(answer['key'])['id']),
  };
}

function refused({ status, detail }: Answered): DemoKey {
  return {
    kind: 'refused',
    reason: status === 503 ? 'the database does not answer' : `no demo key could be made: ${detail}`,
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
