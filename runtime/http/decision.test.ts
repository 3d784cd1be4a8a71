import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { createCaller, TOKEN } from '../testing/administration.ts';
import { testCache, testCacheUse, testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { type Gateway, startGateway, startUpstream, within } from '../testing/servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

async function start(later: Later, env: Readonly<Record<string, string>> = { ADMIN_API_KEY: TOKEN }) {
  const seen: (string | string[] | undefined)[] = [];
  const upstream = await startUpstream((req, res) => {
    seen.push(req.headers['x-seaworthy-explain']);
    res.statusCode = req.url === '/broken' ? 500 : 200;
    res.setHeader('x-seaworthy-decision', 'route="forged"').setHeader('cache-control', 'max-age=60').end('ok');
  }, later);
  const breaker = { consecutiveFailures: 1, openMs: 600_000, halfOpenProbes: 1 };
  const policy = testPolicy({
    upstreams: { main: testUpstream(upstream), broken: { ...testUpstream(upstream), breaker } },
    limits: { two: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 2 }) },
    caches: { rules: testCache() },
    routes: [
      testRoute({ limits: ['two'] }),
      testRoute({ id: 'kept', path: '/kept', cache: testCacheUse() }),
      testRoute({ id: 'admin', path: '/admin', auth: 'admin-key' }),
      testRoute({ id: 'broken', path: '/broken', upstream: 'broken' }),
    ],
  });
  const gateway = await startGateway(policy, later, { env });
  return { gateway, seen, target: new URL(upstream).host };
}

async function ask({ url }: Gateway, path: string, token: string | undefined = TOKEN) {
  const response = await fetch(`${url}${path}`, token === '' ? {} : { headers: { 'x-seaworthy-explain': token } });
  return { status: response.status, decision: response.headers.get('x-seaworthy-decision') };
}

describe('decisions on responses', (it) => {
  it(
    'tells the administrator route, limits, cache, target and what decided, on the real response',
    within(20_000, async (later) => {
      const { gateway, target } = await start(later);
      deepEqual(await ask(gateway, '/v1/items'), {
        status: 200,
        decision: `route="items", decided-by="upstream", limits=("two";r=1;t=86400), upstream="main", target="${target}"`,
      });
      equal((await ask(gateway, '/v1/items')).status, 200);
      const refused = await ask(gateway, '/v1/items');
      equal(refused.status, 429);
      match(
        refused.decision ?? '',
        /^route="items", decided-by="limits", reason="rate-limited:two", limits=\("two";r=0;/,
      );
      match(
        (await ask(gateway, '/admin')).decision ?? '',
        /^route="admin", decided-by="credential", reason="auth:missing"$/,
      );
      match((await ask(gateway, '/none')).decision ?? '', /^decided-by="route", reason=/);
      const miss = (await ask(gateway, '/kept')).decision ?? '';
      match(
        miss,
        /^route="kept", decided-by="upstream", cache="\\"rules\\"; fwd=miss; fwd-status=200; stored", upstream=/,
      );
      const hit = (await ask(gateway, '/kept')).decision ?? '';
      match(hit, /^route="kept", decided-by="cache", reason="cache-hit", cache="\\"rules\\"; hit; ttl=\d+"$/);
      match((await ask(gateway, '/broken')).decision ?? '', /decided-by="upstream".*, breaker="closed"$/);
      const left = await ask(gateway, '/broken');
      equal(left.status, 503);
      match(left.decision ?? '', /decided-by="breaker", reason="upstream-breaker".*, breaker="open"$/);
    }),
  );

  it(
    'tells nobody else :: a wrong token, none, and a gateway without an administrator; the field is never forwarded',
    within(20_000, async (later) => {
      const { gateway, seen } = await start(later);
      for (const token of ['', 'wrong', TOKEN.slice(0, -1), `${TOKEN}, ${TOKEN}`, `Bearer ${TOKEN}`]) {
        deepEqual(await ask(gateway, '/kept', token), { status: 200, decision: null }, token);
      }
      await ask(gateway, '/kept?fresh');
      const open = await start(later, {});
      for (const token of [TOKEN, 'undefined']) {
        deepEqual(await ask(open.gateway, '/v1/items', token), { status: 200, decision: null });
      }
      ok(seen.length > 0 && open.seen.length > 0);
      ok([...seen, ...open.seen].every((value) => value === undefined));
      ok(!JSON.stringify(gateway.lines).includes(TOKEN));
    }),
  );

  it(
    'agrees with the dry run :: the same step answers, with the same status and reason',
    within(20_000, async (later) => {
      const { gateway } = await start(later);
      const call = createCaller(gateway);
      for (let count = 0; count < 2; count += 1) await ask(gateway, '/v1/items', '');
      for (const path of ['/v1/items', '/admin', '/none']) {
        const dry = (await call('POST', '/v1/admin/explain', { method: 'GET', path })).body;
        const { name, reason } = dry.steps.at(-1);
        const real = await ask(gateway, path);
        equal(dry.status, real.status, path);
        ok(real.decision?.includes(`decided-by="${name}", reason="${reason}"`), `${real.decision}: ${name}, ${reason}`);
      }
    }),
  );
});
