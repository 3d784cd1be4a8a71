import { equal, match, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe } from '../../../compiler/testing/suite.ts';
import { defined } from '../../../schemas/data/defined.ts';
import type { Auth } from '../../../schemas/runtime-policy.gen.ts';
import { createRuntime } from '../../process/create-runtime.ts';
import { loadPolicy } from '../../process/load-policy.ts';
import { compiledSystem } from '../../testing/compiled.ts';
import { createSkippingClock } from '../../testing/fake-clock.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { rawRequest, startGateway, startUpstream, within } from '../../testing/servers.ts';
import { testSignature } from '../../testing/signing.ts';
import { type RequestToSign, signRequest } from './sign-request.ts';

const SECRET = randomBytes(24).toString('hex');
const OLD_SECRET = randomBytes(24).toString('hex');
const ENV = { SIGNING_SECRET: SECRET, SIGNING_SECRET_PREVIOUS: OLD_SECRET, SIGNING_KEY: SECRET };
/** Keys of callers are not asked for here. */
const NO_DATABASE = {
  DATABASE_URL: 'postgresql://127.0.0.1:1/none',
  API_KEY_PEPPER: randomBytes(24).toString('hex'),
};
const JAMEY = compiledSystem('jamey', 'production');
const base = testPolicy();

/** GET is open, POST is signed: as the document has it. */
const signedPolicy = (upstream: string, change: Partial<NonNullable<Auth['signature']>> = {}) =>
  testPolicy({
    auth: { ...base.auth, signature: testSignature(change) },
    upstreams: { main: testUpstream(upstream) },
    limits: { signer: testLimit({ per: 'api-key', requests: 1, periodMs: 86_400_000, capacity: 50 }) },
    routes: [
      testRoute({ id: 'read', path: '/rules', methods: ['GET'] }),
      testRoute({ id: 'write', path: '/rules', methods: ['POST', 'DELETE'], auth: 'signature', limits: ['signer'] }),
    ],
  });

type Later = (cleanUp: () => Promise<unknown>) => void;

/** Jamey as it is compiled, unless a test changes the rules of signatures. */
async function startSigned(later: Later, change?: Partial<NonNullable<Auth['signature']>>) {
  const received: { readonly method: string; readonly url: string; readonly body: string; readonly keyId: unknown }[] =
    [];
  const upstream = await startUpstream((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      received.push({ method: req.method ?? '', url: req.url ?? '', body, keyId: req.headers['x-consumer-key-id'] });
      res.end('done');
    });
  }, later);
  const clock = createSkippingClock();
  const policy = change === undefined ? JAMEY.policy(upstream) : signedPolicy(upstream, change);
  const gateway = await startGateway(policy, later, { env: { ...ENV, ...NO_DATABASE }, clock });
  const failures = async (reason: string): Promise<number> => {
    const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    return Number(new RegExp(`auth_failures_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1]);
  };
  return { ...gateway, received, clock, failures };
}

const RULE = '{"rule":"be kind"}';
const POST: RequestToSign = { method: 'POST', target: '/rules', body: RULE };
const sign = (request: RequestToSign = POST, wallMs = Date.now(), secret = SECRET): Record<string, string> => ({
  ...signRequest({ profile: 'simple', secret }, request, { wallMs }),
});
const send = (url: string, headers: Record<string, string>, request: RequestToSign = POST) =>
  fetch(url + request.target, {
    method: request.method,
    headers,
    ...defined({ body: request.body }),
  });
/** The document's own way: `openssl dgst` over the text. */
const openssl = (args: readonly string[], input: string): string => {
  const { status, stdout } = spawnSync('openssl', ['dgst', '-sha256', ...args], { input, encoding: 'utf8' });
  equal(status, 0);
  return /([0-9a-f]{64})\s*$/.exec(stdout)?.[1] ?? '';
};

describe('simple signatures', (it) => {
  it(
    '[JAM-040] are asked for on POST alone :: unsigned 401, signed passes, GET asks for a key instead',
    within(20_000, async (later) => {
      const { url, received, failures } = await startSigned(later);
      const unsigned = await send(url, {});
      equal(unsigned.status, 401);
      equal(unsigned.headers.get('www-authenticate'), 'Signature realm="jamey"');
      equal(unsigned.headers.get('content-type'), 'application/problem+json');
      equal(await failures('missing'), 1);
      const signed = await send(url, sign());
      equal(signed.status, 200);
      equal((await fetch(`${url}/rules`)).headers.get('www-authenticate'), 'ApiKey realm="jamey"');
      equal(received.map(({ method, body }) => `${method} ${body}`).join(), `POST ${RULE}`);
      equal(received[0]?.keyId, 'SIGNING_KEY');
    }),
  );

  it(
    '[JAM-042] are read from the named headers and no others',
    within(20_000, async (later) => {
      const { url } = await startSigned(later);
      const { 'x-signature': signature = '', 'x-timestamp': timestamp = '', 'x-body-hash': bodyHash = '' } = sign();
      const hub = { 'x-hub-signature': signature, 'x-timestamp': timestamp, 'x-body-hash': bodyHash };
      equal((await send(url, hub)).status, 401);
      equal((await send(url, { 'X-Signature': signature, Timestamp: timestamp, 'X-Body-Hash': bodyHash })).status, 401);
      equal((await send(url, { 'X-Signature': signature, 'X-Timestamp': timestamp, Digest: bodyHash })).status, 401);
      const named = { 'X-Signature': signature, 'X-Timestamp': timestamp, 'X-Body-Hash': bodyHash };
      equal((await send(url, named)).status, 200);
    }),
  );

  it(
    'are read from the headers that the policy names',
    within(20_000, async (later) => {
      const headers = { signature: 'x-sig', timestamp: 'x-at', bodyHash: 'x-sum' };
      const { url } = await startSigned(later, { headers });
      equal((await send(url, sign())).status, 401);
      equal((await send(url, { ...signRequest({ profile: 'simple', secret: SECRET, headers }, POST) })).status, 200);
    }),
  );

  it(
    '[JAM-043] sign method, path, time and body hash in this order :: as openssl computes it; a change of any breaks it',
    within(20_000, async (later) => {
      const { url } = await startSigned(later);
      const timestamp = String(Math.floor(Date.now() / 1000));
      const bodyHash = openssl([], RULE);
      const headers = (parts: string) => ({
        'x-signature': openssl(['-hmac', SECRET], parts),
        'x-timestamp': timestamp,
        'x-body-hash': bodyHash,
      });
      const order = ['POST', '/rules', timestamp, bodyHash];
      for (const [index, other] of ['DELETE', '/rule', String(Number(timestamp) + 1), openssl([], 'other')].entries()) {
        equal((await send(url, headers(order.with(index, other).join('')))).status, 401, other);
      }
      equal((await send(url, headers(['/rules', 'POST', timestamp, bodyHash].join('')))).status, 401);
      equal((await send(url, headers(order.join('\n')))).status, 401);
      const good = headers(order.join(''));
      equal(good['x-signature'], sign(POST, Number(timestamp) * 1000)['x-signature']);
      equal((await send(url, good)).status, 200);
    }),
  );

  it(
    'cover the query and the target as it was sent',
    within(20_000, async (later) => {
      const { url, received } = await startSigned(later);
      const request = { ...POST, target: '/rules?dry=1&x=%7e' };
      equal((await send(url, sign(), request)).status, 401);
      equal((await send(url, sign(request), { ...request, target: '/rules?x=%7e&dry=1' })).status, 401);
      equal((await send(url, sign(request), { ...request, target: '/rules' })).status, 401);
      equal((await send(url, sign(request), request)).status, 200);
      const spelled = { ...POST, target: '/%72ules' };
      equal((await send(url, sign(), spelled)).status, 401);
      equal((await send(url, sign(spelled), spelled)).status, 200);
      equal(received.at(-1)?.url, '/rules');
    }),
  );

  it(
    '[JAM-044] hold for five minutes :: 301 s off is 408, 299 s passes, either way',
    within(20_000, async (later) => {
      const { url, failures } = await startSigned(later);
      const at = async (seconds: number) => (await send(url, sign(POST, Date.now() + seconds * 1000))).status;
      equal(await at(-301), 408);
      equal(await at(301), 408);
      equal(await at(-299), 200);
      equal(await at(299), 200);
      equal(await failures('skew'), 2);
    }),
  );

  it(
    '[JAM-045] need a signature and a time :: 401 without either',
    within(20_000, async (later) => {
      const { url } = await startSigned(later);
      for (const name of ['x-signature', 'x-timestamp']) {
        const { [name]: _left, ...rest } = sign();
        equal((await send(url, rest)).status, 401, name);
        equal((await send(url, { ...rest, [name]: '' })).status, 401, name);
      }
    }),
  );

  it(
    '[JAM-046] must be well formed :: 400',
    within(20_000, async (later) => {
      const { url, port, failures } = await startSigned(later);
      const good = sign();
      const { 'x-signature': signature = '', 'x-timestamp': timestamp = '' } = good;
      const bad: Record<string, string>[] = [
        { 'x-timestamp': 'abc' },
        { 'x-timestamp': `${timestamp}.5` },
        { 'x-timestamp': `0${timestamp}` },
        { 'x-timestamp': `+${timestamp}` },
        { 'x-timestamp': '-1' },
        { 'x-timestamp': `${timestamp}000000` },
        { 'x-signature': 'sch\u00f6n' },
        { 'x-signature': signature.toUpperCase().padStart(64, 'A') },
        { 'x-signature': signature.slice(1) },
        { 'x-signature': `${signature}00` },
        { 'x-body-hash': 'abc' },
      ];
      for (const change of bad) equal((await send(url, { ...good, ...change })).status, 400, JSON.stringify(change));
      equal(await failures('malformed'), bad.length);
      const twice = `POST /rules HTTP/1.1\r\nHost: a\r\nX-Timestamp: ${timestamp}\r\n${`X-Signature: ${signature}\r\n`.repeat(2)}\r\n`;
      match(await rawRequest(port, twice), /^HTTP\/1.1 400 /);
      equal(await failures('ambiguous'), 1);
    }),
  );

  it(
    '[JAM-047] must be right :: one digit off is 401, counted',
    within(20_000, async (later) => {
      const { url, received, failures } = await startSigned(later);
      const good = sign();
      const signature = good['x-signature'] ?? '';
      for (const index of [0, 31, 63]) {
        const flipped = signature[index] === '0' ? '1' : '0';
        const wrong = signature.slice(0, index) + flipped + signature.slice(index + 1);
        const answer = await send(url, { ...good, 'x-signature': wrong });
        equal(answer.status, 401);
        equal((await answer.text()).includes(signature), false);
      }
      equal(await failures('wrong-signature'), 3);
      equal((await send(url, sign(POST, Date.now(), 'another secret of thirty-two characters'))).status, 401);
      equal(received.length, 0);
    }),
  );

  it(
    '[JAM-048] are never checked with a key that cannot be used :: the start is refused',
    within(20_000, async () => {
      const loaded = loadPolicy(JSON.stringify(JAMEY.policy()));
      ok(loaded.kind === 'policy');
      for (const env of [{}, { SIGNING_KEY: '' }, { SIGNING_KEY: 'short' }, { SIGNING_KEY: 'hex:zz' }]) {
        const result = await createRuntime({ ...loaded, env, log: { write: () => undefined } }).start();
        ok(result.kind === 'refused');
        match(result.reasons.join(), /SIGNING_KEY/);
      }
    }),
  );

  it(
    'are never checked with a key that cannot be used :: a reload is refused too',
    within(20_000, async (later) => {
      const loaded = loadPolicy(JSON.stringify(signedPolicy('http://127.0.0.1:9')));
      ok(loaded.kind === 'policy');
      const open = await startGateway(testPolicy(), later);
      ok((await open.runtime.reload(loaded)).kind === 'refused');
      equal((await fetch(`${open.url}/rules`, { method: 'POST' })).status, 404);
    }),
  );

  it(
    '[JAM-049] are accepted once :: a captured request is refused, in one process',
    within(20_000, async (later) => {
      const { url, received, clock, failures } = await startSigned(later);
      const captured = sign();
      equal((await send(url, captured)).status, 200);
      equal((await send(url, captured)).status, 401);
      clock.advance(280_000);
      equal((await send(url, captured)).status, 401);
      equal(await failures('replayed'), 2);
      clock.advance(321_000);
      // By now it is too old to be remembered, and to be accepted.
      equal((await send(url, captured)).status, 408);
      equal(received.length, 1);
      const early = sign(POST, clock.wallMs() + 280_000);
      equal((await send(url, early)).status, 200);
      clock.advance(560_000);
      equal((await send(url, early)).status, 401);
    }),
  );

  it(
    'use up nothing for who cannot sign, or sends another body',
    within(20_000, async (later) => {
      const { url } = await startSigned(later);
      const good = sign();
      equal((await send(url, good, { ...POST, body: 'other' })).status, 401);
      equal((await send(url, good)).status, 200);
    }),
  );

  it(
    '[JAM-050] bind the body that was received :: altered 401, without its hash 401',
    within(20_000, async (later) => {
      const { url, port, received, failures } = await startSigned(later);
      equal((await send(url, sign(), { ...POST, body: RULE.replace('kind', 'evil') })).status, 401);
      equal((await send(url, sign(), { method: 'POST', target: '/rules' })).status, 401);
      equal(await failures('body-mismatch'), 2);
      const timestamp = String(Math.floor(Date.now() / 1000));
      const signature = createHmac('sha256', SECRET).update(`POST/rules${timestamp}`).digest('hex');
      const without = { 'x-signature': signature, 'x-timestamp': timestamp };
      equal((await send(url, without)).status, 401);
      equal(await failures('body-unsigned'), 1);
      equal((await send(url, without, { method: 'POST', target: '/rules' })).status, 200);
      const fields = Object.entries(sign({ ...POST, body: 'abcd' })).map(([name, value]) => `${name}: ${value}\r\n`);
      const chunked = `POST /rules HTTP/1.1\r\nHost: a\r\n${fields.join('')}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n`;
      match(await rawRequest(port, chunked), /^HTTP\/1.1 200 /);
      equal(received.at(-1)?.body, 'abcd');
    }),
  );

  it(
    'hold no body for who cannot sign, and none above the limit for who can',
    within(20_000, async (later) => {
      const { port } = await startSigned(later, {});
      const head = (headers: Record<string, string>, length: number) =>
        `POST /rules HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${Object.entries(headers)
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('')}\r\n`;
      const forged = { ...sign(), 'x-signature': createHash('sha256').update('guess').digest('hex') };
      // Answered before a byte of the body was sent.
      match(await rawRequest(port, head(forged, 900), 1_000), /^HTTP\/1.1 401 /);
      match(await rawRequest(port, head(sign(), 1_001), 1_000), /^HTTP\/1.1 413 /);
    }),
  );

  it('[JAM-051] are compared in constant time :: by timingSafeEqual, and nothing else compares what was signed', () => {
    const folder = new URL('./', import.meta.url);
    const sources = [
      ...readdirSync(folder)
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
        .map((name) => readFileSync(new URL(name, folder), 'utf8')),
      readFileSync(new URL('./verify-signature.ts', import.meta.url), 'utf8'),
    ];
    const comparisons = sources.flatMap((text) => findComparisons(text));
    equal(comparisons.join('\n'), '');
    ok(sources.some((text) => text.includes('timingSafeEqual(mine, theirs)')));
    // The rule bites.
    equal(findComparisons('if (claim.mac === other) {}').length, 1);
    equal(findComparisons('return mac.equals(expected);').length, 1);
    equal(findComparisons("if (signature === '') {}").length, 0);
  });

  it(
    'two secrets work for a while, so that one can be changed without a gap',
    within(20_000, async (later) => {
      const { url, received } = await startSigned(later, {});
      equal((await send(url, sign(POST, Date.now(), OLD_SECRET))).status, 200);
      equal((await send(url, sign())).status, 200);
      equal(received.map(({ keyId }) => keyId).join(), 'SIGNING_SECRET_PREVIOUS,SIGNING_SECRET');
      const after = await startGateway(signedPolicy('http://127.0.0.1:9'), later, { env: { SIGNING_SECRET: SECRET } });
      equal((await send(after.url, sign(POST, Date.now(), OLD_SECRET))).status, 401);
    }),
  );

  it(
    'keep their secrets to themselves :: no log line, metric or answer holds one',
    within(20_000, async (later) => {
      const { url, adminUrl, lines } = await startSigned(later);
      const good = sign();
      const text = await (await send(url, { ...good, 'x-timestamp': '1' })).text();
      await send(url, good);
      const seen = JSON.stringify(lines) + text + (await (await fetch(`${adminUrl}/metrics`)).text());
      for (const hidden of [SECRET, OLD_SECRET, good['x-signature'] ?? '']) equal(seen.includes(hidden), false);
      ok(lines.some((line) => line['outcome'] === 'auth:skew'));
      match(seen, /signature_nonces 1\n/);
    }),
  );
});

/** Comparisons of something that is called a signature, MAC, digest or hash with anything but a literal. */
function findComparisons(source: string): readonly string[] {
  const code = source.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '');
  const pattern =
    /[^\n]*\b(?:\w+\.)*(?:\w*(?:[sS]ignature|[mM]ac|[hH]ash|digest|Digest))\b\s*[!=]==(?!\s*(?:['"]|undefined))[^\n]*|[^\n]*\.(?:equals|localeCompare|compare)\([^\n]*/g;
  return code.match(pattern) ?? [];
}

describe('message signatures', (it) => {
  const signer = { profile: 'rfc9421', secret: SECRET, keyId: 'rules' } as const;
  const signMessage = (request: RequestToSign = POST): Record<string, string> => ({ ...signRequest(signer, request) });

  it(
    'let a request pass once, as it was signed',
    within(20_000, async (later) => {
      const { url, received, failures } = await startSigned(later, { profile: 'rfc9421', skewStatus: 401 });
      equal((await send(url, {})).status, 401);
      const good = signMessage();
      equal((await send(url, { ...good, 'content-digest': 'sha-256=:AAAA:' })).status, 400);
      equal((await send(url, good, { ...POST, target: '/rules?a' })).status, 401);
      equal((await send(url, good, { ...POST, method: 'DELETE' })).status, 401);
      equal((await send(url, good, { ...POST, body: `${RULE} ` })).status, 401);
      equal((await send(url, good)).status, 200);
      equal((await send(url, good)).status, 401);
      equal(await failures('replayed'), 1);
      equal(await failures('body-mismatch'), 1);
      const none = { method: 'DELETE', target: '/rules?id=7' };
      equal((await send(url, signMessage(none), none)).status, 200);
      equal(received.map(({ method, url: target }) => `${method} ${target}`).join(), 'POST /rules,DELETE /rules?id=7');
      const old = signRequest(signer, POST, { wallMs: Date.now() - 301_000 });
      equal((await send(url, { ...old })).status, 401);
      equal(await failures('skew'), 1);
      // Two requests in one second differ by their nonce.
      equal((await send(url, signMessage())).status, 200);
      equal((await send(url, signMessage())).status, 200);
    }),
  );

  it(
    'end when they say so',
    within(20_000, async (later) => {
      const { url, failures } = await startSigned(later, { profile: 'rfc9421' });
      const good = signMessage();
      const parameters = (good['signature-input'] ?? '').slice(4);
      const signed = (text: string, expires: number) => {
        const params = `${text};expires=${expires}`;
        const covered = `"@method": POST\n"@path": /rules\n"@query": ?\n"content-digest": ${good['content-digest']}`;
        const mac = createHmac('sha256', SECRET).update(`${covered}\n"@signature-params": ${params}`).digest('base64');
        return { ...good, 'signature-input': `sig=${params}`, signature: `sig=:${mac}:` };
      };
      const now = Math.floor(Date.now() / 1000);
      equal((await send(url, signed(parameters, now - 1))).status, 401);
      equal(await failures('expired'), 1);
      equal((await send(url, signed(parameters, now + 60))).status, 200);
    }),
  );
});
