/** The compiled nginx of each system, run by the real nginx in front of a stand-in for the gateway. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SystemName } from '../../../compiler/testing/compiled-system.ts';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe, type It } from '../../../compiler/testing/suite.ts';
import { compiledSystem } from '../compiled.ts';
import { type CompiledEdge, startCompiledEdge } from '../compiled-edge.ts';
import { bind } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';

interface Stage {
  readonly edge: CompiledEdge;
  /** Heads that reached the stand-in. */
  readonly seen: Readonly<Record<string, unknown>>[];
}

/** The edge of a system; what is behind it answers at once, and a stream in two halves. */
const edgeOf = (it: It, system: SystemName) =>
  shareSetUp<Stage>(it, async (later) => {
    const seen: Readonly<Record<string, unknown>>[] = [];
    const server = createServer((req, res) => {
      seen.push(req.headers);
      req.resume();
      if (req.headers['x-stream'] === undefined) return void res.end('ok');
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: one\n\n');
      setTimeout(() => res.end('data: two\n\n'), Number(req.headers['x-stream']));
    });
    const runtime = await bind(server);
    later(async () => void server.close().closeAllConnections());
    const tree = compiledSystem(system, 'production');
    const edge = await startCompiledEdge(requireTool('nginx'), { system: tree, runtime }, later);
    return { edge, seen };
  });

const HEADERS = {
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
} as const;

async function sendsHeaders(edge: CompiledEdge, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const answers = [
    await edge.ask('/health'),
    await edge.ask('/health', { method: 'DELETE' }),
    await edge.ask('/%2e%2e/%2e%2e/x'),
  ];
  deepEqual(
    answers.map(({ status }) => status >= 400),
    [false, true, true],
  );
  for (const answer of answers)
    for (const [name, value] of Object.entries({ ...HEADERS, ...more }))
      deepEqual(answer.all(name), [value], `${answer.status} ${name}`);
}

async function takesTls13Only(edge: CompiledEdge): Promise<void> {
  equal(await edge.shake({ maxVersion: 'TLSv1.2' }), undefined);
  equal((await edge.shake({}))?.version, 'TLSv1.3');
}

describe('the edge of SentientIQ', (it) => {
  const test = edgeOf(it, 'sentientiq');

  test('[SIQ-013] speaks TLS on 443, and nothing else is open', 60_000, async ({ edge }) => {
    equal((await edge.shake({}))?.version, 'TLSv1.3');
    const listens = compiledSystem('sentientiq', 'production')
      .list('nginx')
      .flatMap((path) => [
        ...compiledSystem('sentientiq', 'production')
          .read(path)
          .matchAll(/^\s*listen (\S+)/gm),
      ])
      .map(([, socket]) => socket?.replace(/;$/, ''));
    deepEqual([...new Set(listens)].sort(), ['443', '[::]:443']);
  });

  test(
    '[SIQ-019] [SIQ-020] [SIQ-021] sends its security headers exactly once :: on 200, 405 and 400',
    60_000,
    ({ edge }) => sendsHeaders(edge, { 'x-xss-protection': '0' }),
  );

  test('[SIQ-024] agrees on HTTP/2', 60_000, async ({ edge }) => {
    equal((await edge.shake({ ALPNProtocols: ['h2', 'http/1.1'] }))?.protocol, 'h2');
  });

  test(
    '[SIQ-022] [SIQ-023] passes events on as they come, and waits for the next longer than any other route :: an hour',
    60_000,
    async ({ edge }) => {
      const startedMs = performance.now();
      const answer = await edge.ask('/v1/boardroom', { method: 'POST', headers: { 'x-stream': '1500' } });
      equal(answer.body, 'data: one\n\ndata: two\n\n');
      ok(performance.now() - startedMs >= 1_400);
      const routes = compiledSystem('sentientiq', 'production').read('nginx/snippets/routes.conf');
      const [, boardroom = ''] = /location = \/v1\/boardroom \{\n(.*?)\n\}\n/s.exec(routes) ?? [];
      match(boardroom, /^ {4}proxy_buffering off;$/m);
      match(boardroom, /^ {4}proxy_read_timeout 3601s;$/m);
      match(routes, /^ {4}proxy_read_timeout 31s;$/m);
    },
  );
});

describe('the edge of Jamey', (it) => {
  const test = edgeOf(it, 'jamey');

  test('[JAM-080] agrees on HTTP/2', 60_000, async ({ edge }) => {
    equal((await edge.shake({ ALPNProtocols: ['h2', 'http/1.1'] }))?.protocol, 'h2');
  });

  test('[JAM-081] answers for its own name only', 60_000, async ({ edge }) => {
    equal((await edge.ask('/health')).status, 200);
    ok((await edge.shake({ servername: 'other.example.com' })) === undefined, 'another name gets no certificate');
    equal((await edge.ask('/health', { headers: { host: 'other.example.com' } })).status, 421);
  });

  test('[JAM-083] takes TLS 1.3 only', 60_000, ({ edge }) => takesTls13Only(edge));

  test('[JAM-087] neither counts nor logs health :: forty at once', 60_000, async ({ edge }) => {
    const before = edge.log().length;
    const answers = await Promise.all(Array.from({ length: 40 }, () => edge.ask('/health')));
    deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    await sleep(300);
    equal(edge.log().length, before);
  });

  test('[JAM-088] gives metrics to 10.0.0.0/8 only :: whatever a caller says of itself', 60_000, async ({ edge }) => {
    const from = (client: string, address: string) =>
      edge.ask('/metrics', { from: address, headers: { 'x-forwarded-for': client } });
    equal((await from('10.1.2.3', '127.0.0.1')).status, 200, 'told by the proxy that is trusted');
    equal((await from('192.0.2.7', '127.0.0.1')).status, 403);
    equal((await from('10.1.2.3', '127.0.0.9')).status, 403, 'forged');
  });

  test('[JAM-082] reads its certificate and its key where the document keeps them', 60_000, async () => {
    const server = compiledSystem('jamey', 'production').read('nginx/conf.d/jamey.example.com.conf');
    match(server, /^ {4}ssl_certificate \/etc\/ssl\/certs\/jamey\.crt;$/m);
    match(server, /^ {4}ssl_certificate_key \/etc\/ssl\/private\/jamey\.key;$/m);
  });

  test('[JAM-090] reaches the gateway and the program over plain HTTP on this host', 60_000, async ({ edge, seen }) => {
    equal((await edge.ask('/rules', { headers: { 'x-api-key': 'any' } })).status, 200);
    equal(seen.at(-1)?.['x-forwarded-proto'], 'https');
    const tree = compiledSystem('jamey', 'production');
    match(tree.read('nginx/http/upstreams.conf'), /^ {4}server 127\.0\.0\.1:8080\b/m);
    deepEqual(tree.data('runtime/policy.json').upstreams.jamey.targets, ['http://127.0.0.1:3000']);
  });
});

describe('the edge of Sentinel', (it) => {
  const test = edgeOf(it, 'sentinel');

  test('[SEN-093] takes TLS 1.3 only', 60_000, ({ edge }) => takesTls13Only(edge));

  test('[SEN-094] offers the three suites of TLS 1.3 and no other', 60_000, async ({ edge }) => {
    for (const suite of ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'])
      equal((await edge.shake({ ciphers: suite }))?.cipher, suite);
    equal(await edge.shake({ ciphers: 'TLS_AES_128_CCM_SHA256' }), undefined);
  });

  test('[SEN-095] sends its security headers exactly once :: on 200, 405 and 400', 60_000, ({ edge }) =>
    sendsHeaders(edge),
  );
});
