import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Page } from 'playwright-core';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { createSkippingClock } from '../../testing/fake-clock.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { type Gateway, startGateway, startUpstream, within } from '../../testing/servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

const TOKEN = 'a-token-for-tests-of-at-least-32-characters';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A bad night: an upstream that fails, a breaker held open, a late backup, a policy that is not the expected one. */
function troubled(upstream: string): RuntimePolicy {
  return testPolicy({
    system: 'harbour',
    environment: 'production',
    upstreams: { main: testUpstream(upstream), reports: testUpstream('http://127.0.0.1:9') },
    limits: {
      'per-client': testLimit({ requests: 1_000, periodMs: 1_000, capacity: 1_000 }),
      'sign-up': testLimit({ requests: 1, periodMs: 3_600_000, capacity: 3 }),
    },
    routes: [
      testRoute({ limits: ['per-client'] }),
      testRoute({ id: 'sign-up', path: '/sign-up', limits: ['sign-up', 'per-client'] }),
    ],
    providers: {
      anthropic: {
        timeoutMs: 900,
        breaker: { consecutiveFailures: 5, openMs: 1_000, halfOpenProbes: 1 },
        pool: { name: 'anthropic', maxConcurrent: 20, queue: { max: 100, waitMs: 5_000 } },
      },
      openai: { timeoutMs: 900, breaker: { consecutiveFailures: 5, openMs: 1_000, halfOpenProbes: 1 } },
    },
    backups: {
      orders: { rpoMs: 900_000, rtoMs: 3_600_000, drillEveryMs: 7_948_800_000 },
      telemetry: { rpoMs: 86_400_000 },
    },
    objectives: [
      { name: 'items-availability', upstream: 'main', target: 0.99, windowMs: 2_592_000_000 },
      { name: 'items-latency', upstream: 'main', target: 0.95, withinMs: 1_000, windowMs: 2_592_000_000 },
    ],
    overrides: [{ env: 'SIGN_UP_BURST', pointer: '/limits/sign-up/capacity', as: 'integer' }],
    health: {
      live: '/health',
      ready: '/ready',
      dependencies: [
        { name: 'items', kind: 'upstream', required: true, timeoutMs: 500, upstream: 'main' },
        { name: 'reports', kind: 'upstream', required: false, timeoutMs: 500, upstream: 'reports' },
      ],
    },
  });
}

async function startTroubled(later: Later): Promise<Gateway> {
  const upstream = await startUpstream((req, res) => {
    res.statusCode = req.url === '/v1/items/bad' ? 500 : 200;
    res.end('ok');
  }, later);
  const clock = createSkippingClock();
  const policy = troubled(upstream);
  const gateway = await startGateway(policy, later, {
    clock,
    env: { ADMIN_API_KEY: TOKEN, SIGN_UP_BURST: '2', SEAWORTHY_EXPECTED_DIGEST: 'f'.repeat(64) },
    readPolicy: async () => `${JSON.stringify(policy)}\n`,
  });
  const post = (path: string, body: unknown) =>
    fetch(`${gateway.adminUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  for (let count = 0; count < 57; count += 1) await fetch(`${gateway.url}/v1/items`);
  for (let count = 0; count < 3; count += 1) await fetch(`${gateway.url}/v1/items/bad`);
  for (let count = 0; count < 24; count += 1) await fetch(`${gateway.url}/sign-up`);
  await post('/v1/admin/breakers', { kind: 'provider', name: 'anthropic', action: 'open' });
  const at = (agoMs: number) => new Date(clock.wallMs() - agoMs).toISOString();
  await post('/v1/admin/backups', { datastore: 'orders', kind: 'backup', finishedAt: at(7_200_000), ok: true });
  await post('/v1/admin/backups', { datastore: 'telemetry', kind: 'backup', finishedAt: at(3_600_000), ok: true });
  clock.advance(8_000_000);
  return gateway;
}

async function open(later: Later, url: string, options: object = {}): Promise<Page> {
  const browser = await chromium.launch({
    executablePath: requireTool('chromium'),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  later(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1_280, height: 1_000 }, ...options });
  const page = await context.newPage();
  await page.goto(`${url}/status`);
  return page;
}

/** Rules that the page breaks, with the places. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  const found: unknown = await page.evaluate(`${AXE}; axe.run()
    .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target)))`);
  return Array.isArray(found) ? found.map(String) : ['axe did not run'];
}

describe('status page', (it) => {
  it(
    'tells in sentences what wants a person, worst first, and the same as JSON',
    within(30_000, async (later) => {
      const gateway = await startTroubled(later);
      const { attention } = Object(await (await fetch(`${gateway.adminUrl}/v1/status`)).json());
      const page = await (await fetch(`${gateway.adminUrl}/status`)).text();
      const texts: readonly string[] = attention.map(({ text }: { text: string }) => text);
      const levels: readonly string[] = attention.map(({ level }: { level: string }) => level);
      deepEqual(levels, [...levels].sort(), 'bad before warn');
      for (const expected of [
        /^The breaker of provider anthropic has been open for 2 h 13 min, held by an operator\.$/,
        /^The last good backup of orders is 4 h 13 min old; 15 min is allowed\.$/,
        /^The policy in force is not the one that this deployment expects\.$/,
        /^reports is away\.$/,
        /^items-availability: 96\.4 % good, target 99 %; the error budget burns 3\.6× too fast\.$/,
        /^sign-up refused 91\.6 % of its requests\.$/,
        /^The rehearsed restore of orders is overdue\.$/,
        /^The policy file differs from the policy in force\.$/,
      ]) {
        ok(
          texts.some((text) => expected.test(text)),
          `${expected}: ${texts.join('\n')}`,
        );
      }
      for (const text of texts) ok(page.includes(text.replaceAll("'", '&#39;')), text);
      ok(page.includes('SIGN_UP_BURST'));
      // It is shown to whoever reaches the port.
      ok(!page.includes(TOKEN) && !page.includes('127.0.0.1'));
    }),
  );

  it(
    'is accessible in a real browser :: light, dark, narrow, without a script; nothing from elsewhere, nothing against its policy',
    within(90_000, async (later) => {
      const gateway = await startTroubled(later);
      const variants: Readonly<Record<string, object>> = {
        light: { colorScheme: 'light' },
        dark: { colorScheme: 'dark' },
        narrow: { viewport: { width: 360, height: 800 } },
      };
      for (const [name, options] of Object.entries(variants)) {
        const page = await open(later, gateway.adminUrl, { ...options, bypassCSP: true });
        deepEqual(await violationsOf(page), [], name);
        const { SCREENSHOTS } = process.env;
        if (SCREENSHOTS !== undefined)
          await page.screenshot({ path: `${SCREENSHOTS}/status-${name}.png`, fullPage: true });
      }
      const asked: string[] = [];
      const complaints: string[] = [];
      const page = await open(later, gateway.adminUrl);
      page.on('request', (request) => asked.push(request.url()));
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.reload();
      deepEqual(asked, [`${gateway.adminUrl}/status`]);
      deepEqual(complaints, []);
      const button = page.getByRole('button');
      equal(await button.textContent(), 'Pause updates');
      await button.click();
      equal(await button.textContent(), 'Resume updates');
      await page.reload();
      equal(await page.getByRole('button').textContent(), 'Resume updates');
      equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
      const still = await open(later, gateway.adminUrl, { javaScriptEnabled: false });
      equal(await still.getByRole('button').count(), 0);
      match((await still.getByRole('heading', { level: 2 }).first().textContent()) ?? '', /things want your attention/);
    }),
  );

  it(
    'says so when nothing wants attention',
    within(15_000, async (later) => {
      const gateway = await startGateway(testPolicy(), later);
      const response = await fetch(`${gateway.adminUrl}/status`);
      match(await response.text(), /Nothing wants your attention/);
      match(
        response.headers.get('content-security-policy') ?? '',
        /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-/,
      );
      equal(response.headers.get('cache-control'), 'no-store');
    }),
  );
});
