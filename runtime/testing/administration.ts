/**
 * A gateway to administer, and somebody who does.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../compiler/testing/real-tools.ts';
import { defined } from '../../schemas/data/defined.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Clock } from '../resilience/clock.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from './policy.ts';
import { startPostgres } from './postgres.ts';
import { type Gateway, startGateway, startUpstream } from './servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

/** The administrator's, made anew by each run. */
export const TOKEN = randomBytes(24).toString('hex');
export const PEPPER = randomBytes(24).toString('hex');

function adminPolicy(upstream: string, change: Partial<RuntimePolicy> = {}): RuntimePolicy {
  const base = testPolicy();
  return testPolicy({
    upstreams: { main: testUpstream(upstream) },
    auth: {
      ...base.auth,
      apiKeys: { ...base.auth.apiKeys, types: ['standard', 'premium'], graceMs: 60_000 },
      tenants: { store: 'database', tiers: ['standard', 'professional'] },
    },
    limits: { 'per-key': testLimit({ per: 'api-key', requests: 3, periodMs: 3_600_000, capacity: 3 }) },
    providers: {
      llm: {
        timeoutMs: 900,
        breaker: { consecutiveFailures: 5, openMs: 1_000, halfOpenProbes: 1 },
        pool: { name: 'llm', maxConcurrent: 3, queue: { max: 4, waitMs: 500 } },
      },
    },
    backups: { orders: { rpoMs: 3_600_000, rtoMs: 7_200_000, drillEveryMs: 86_400_000 } },
    routes: [testRoute({ auth: 'api-key', limits: ['per-key'] })],
    ...change,
  });
}

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape that the OpenAPI document says
  readonly body: any;
}

/** Asks the operators' port; `token` null for nobody. */
export function createCaller({ adminUrl }: Gateway, token: string | null = TOKEN) {
  return async (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${adminUrl}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    } satisfies Asked;
  };
}

/** A gateway with an administrator, keys and tenants in a real PostgreSQL, a limit by key, a breaker, a pool and a recovery objective. */
export async function startWithDatabase(later: Later, change: Partial<RuntimePolicy> = {}, clock?: Clock) {
  const postgres = await startPostgres(requireTool('postgres'));
  later(() => postgres.stop());
  const upstream = await startUpstream((_req, res) => res.end('ok'), later);
  const policy = adminPolicy(upstream, change);
  const gateway = await startGateway(policy, later, {
    env: { DATABASE_URL: postgres.url, ADMIN_API_KEY: TOKEN, API_KEY_PEPPER: PEPPER },
    readPolicy: async () => JSON.stringify(policy),
    ...defined({ clock }),
  });
  await becomesReady(gateway);
  return { gateway, postgres, policy };
}

/** Waits for the database: readiness asks for the table of tenants. */
export async function becomesReady({ adminUrl }: Gateway): Promise<void> {
  while ((await fetch(`${adminUrl}/ready`)).status !== 200) await sleep(50);
}
