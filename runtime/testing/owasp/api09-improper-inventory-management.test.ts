/**
 * OWASP API9:2023 :: what the policy names is served, nothing else is, and each port says what it serves and for how long.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe } from '../../../compiler/testing/suite.ts';
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import { attack } from '../attacker.ts';
import { checkAgainst } from '../open-api.ts';
import { testPolicy, testRoute, testUpstream } from '../policy.ts';
import { startRecordingUpstream } from '../recording-upstream.ts';
import { startGateway } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';

const TOKEN = randomBytes(24).toString('hex');

async function start(later: Parameters<typeof startGateway>[1]) {
  const upstream = await startRecordingUpstream(later);
  const policy = testPolicy({
    upstreams: { main: testUpstream(upstream.url) },
    routes: [
      testRoute({ id: 'items-v2', path: '/v2/items', methods: ['GET', 'POST'] }),
      testRoute({ id: 'items-v1', path: '/v1/items', methods: ['GET'], sunset: '2031-03-31' }),
      testRoute({ id: 'report', path: '/v2/report', match: 'exact', methods: ['GET'] }),
    ],
  });
  const gateway = await startGateway(policy, later, { env: { ADMIN_API_KEY: TOKEN } });
  return { ...gateway, adminPort: Number(new URL(gateway.adminUrl).port), upstream };
}

interface Inventory {
  readonly digest: string;
  readonly policy: { readonly routes: readonly Route[] };
}

/** What scanners ask for first. */
const UNKNOWN = [
  '/',
  '/v0/items',
  '/v3/items',
  '/v1',
  '/v2',
  '/items',
  '/api/v2/items',
  '/beta/items',
  '/v2/itemsx',
  '/v2/report/2024',
  '/v2/report/',
  '/V2/items',
  '/v2-old/items',
  '/internal/items',
  '/debug/pprof/',
  '/actuator/env',
  '/.env',
  '/.git/config',
  '/swagger.json',
  '/openapi.json',
  '/v2/openapi.json',
  '/graphql',
  '/metrics',
  '/policy',
  '/status',
  '/server-status',
  '/v1/admin/policy',
];

describe('OWASP API9 :: improper inventory management', (it) => {
  const test = shareSetUp(it, start);

  test('what no route names is 404, and comes to no upstream', 30_000, async ({ port, upstream }) => {
    upstream.clear();
    const shapes = new Set<string>();
    for (const path of UNKNOWN) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const reply = await attack(port, `${method} ${path}`);
        equal(reply.status, 404, `${method} ${path}`);
        shapes.add(`${reply.names} ${reply.body.replace(/urn:request:[0-9a-f-]+/, '')}`);
      }
    }
    equal(shapes.size, 1, 'nothing tells one from another');
    equal(upstream.requests.length, 0);
  });

  test('a method that a route does not name is 405 with those that it does', 30_000, async ({ port, upstream }) => {
    upstream.clear();
    const refused = await attack(port, 'POST /v1/items');
    equal(refused.status, 405);
    equal(refused.field('allow'), 'GET, HEAD');
    equal((await attack(port, 'DELETE /v2/items')).field('allow'), 'GET, HEAD, POST');
    equal(upstream.requests.length, 0);
  });

  test(
    'the inventory is the policy in force :: each route of it is served, with its method and its path',
    30_000,
    async ({ port, adminUrl, upstream }) => {
      const shown: Inventory = JSON.parse(await (await fetch(`${adminUrl}/policy`)).text());
      const { routes } = shown.policy;
      deepEqual(routes.map(({ id }) => id).sort(), ['items-v1', 'items-v2', 'report']);
      for (const { path, methods } of routes) {
        for (const method of methods) {
          upstream.clear();
          const reply = await attack(port, `${method} ${path}`);
          equal(reply.status, 200);
          equal(reply.field('x-policy-digest'), shown.digest, 'an answer says by which policy it was given');
          equal(upstream.requests[0]?.line, `${method} ${path} HTTP/1.1`);
        }
      }
    },
  );

  test('a version that ends says when, on every answer of it :: and the other does not', 30_000, async ({ port }) => {
    for (const line of ['GET /v1/items', 'GET /v1/items/7', 'HEAD /v1/items']) {
      const reply = await attack(port, line);
      equal(reply.field('sunset'), 'Mon, 31 Mar 2031 00:00:00 GMT', line);
      equal(reply.field('deprecation'), '@1932681600', line);
    }
    const current = await attack(port, 'GET /v2/items');
    equal(current.field('sunset') ?? current.field('deprecation'), undefined);
  });

  test(
    'the operators’ port serves what its document describes :: and nothing else is there',
    30_000,
    async ({ adminPort, adminUrl }) => {
      const text = await (await fetch(`${adminUrl}/v1/openapi.json`)).text();
      match(text, /^\{"openapi":"3\.1\./);
      const { operations } = checkAgainst(JSON.parse(text));
      // Those that every gateway has; features that this policy does not ask for bring none.
      ok(operations.length > 20, String(operations.length));
      for (const { method, path } of operations.filter(({ isAdmin }) => !isAdmin)) {
        ok([200, 503].includes((await attack(adminPort, `${method} ${path}`)).status), path);
      }
      const described = new Set(operations.map(({ path }) => path));
      for (const path of UNKNOWN.filter((unknown) => !described.has(unknown))) {
        equal((await attack(adminPort, `GET ${path}`, [`Authorization: Bearer ${TOKEN}`])).status, 404, path);
      }
    },
  );
});
