import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { copyFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, createServer as createTlsServer, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { describe } from '../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { type Authority, createAuthority, read } from '../testing/certificates.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { bind, type Gateway, startGateway, startUpstream, within } from '../testing/servers.ts';
import { mustOpen, startSocketUpstream } from '../testing/websockets.ts';
import { createRuntime } from './create-runtime.ts';
import { loadPolicy } from './load-policy.ts';

type Later = Parameters<typeof startUpstream>[1];
type Tls = NonNullable<RuntimePolicy['tls']>;

function makeFolder(later: Later): string {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-tls-'));
  later(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const policyFor = (upstream: string, tls: Omit<Tls, 'minVersion'> & Partial<Tls>): RuntimePolicy =>
  testPolicy({ tls: { minVersion: 'TLSv1.2', ...tls }, upstreams: { main: testUpstream(upstream) } });

interface Answer {
  readonly status: number;
  readonly serial: string;
}

function ask(gateway: Gateway, options: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(`${gateway.url}/v1/items`, { agent: false, ...options }, (res) => {
      const serial = (res.socket as TLSSocket).getPeerCertificate().serialNumber ?? '';
      res.resume().on('end', () => resolve({ status: res.statusCode ?? 0, serial }));
    });
    req.on('error', reject);
    req.end();
  });
}

const refusalOf = (work: Promise<Answer>) =>
  work.then(
    ({ status }) => `answered ${status}`,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );

describe('TLS of the gateway', (it) => {
  it(
    '[JAM-091] serves TLS itself with the files of the policy :: and never less than the version it names',
    within(20_000, async (later) => {
      const authority = createAuthority(makeFolder(later));
      const pair = authority.issue('gateway');
      let proto: string | undefined;
      const upstream = await startUpstream((req, res) => {
        proto = String(req.headers['x-forwarded-proto']);
        res.end('ok');
      }, later);
      const gateway = await startGateway(policyFor(upstream, { ...pair, minVersion: 'TLSv1.3' }), later);
      match(gateway.url, /^https:/);
      const ca = read({ certFile: authority.caFile, keyFile: authority.caFile }).cert;
      equal((await ask(gateway, { ca })).status, 200);
      equal(proto, 'https');
      match(await refusalOf(ask(gateway, { ca, maxVersion: 'TLSv1.2' })), /PROTO|ECONNRESET/);
      match(
        await refusalOf(ask(gateway, {})),
        /UNABLE_TO_VERIFY|SELF_SIGNED/,
        'a client that checks finds the authority',
      );
      const expiry = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      const at = Number(/^tls_certificate_expiry_timestamp_seconds (\S+)$/m.exec(expiry)?.[1]);
      ok(at > Date.now() / 1000 + 86_400 && at < Date.now() / 1000 + 3 * 86_400);
      const plain = await fetch(gateway.url.replace('https', 'http')).then(
        () => 'answered',
        () => 'refused',
      );
      equal(plain, 'refused');
    }),
  );

  it(
    '[SIM-099] refuses a client without a certificate, or with one of another authority',
    within(20_000, async (later) => {
      const folder = makeFolder(later);
      const authority = createAuthority(folder);
      const stranger = createAuthority(folder, 'stranger');
      let served = 0;
      const upstream = await startUpstream((_req, res) => {
        served += 1;
        res.end('ok');
      }, later);
      const tls = { ...authority.issue('gateway'), clientCaFile: authority.caFile };
      const gateway = await startGateway(policyFor(upstream, tls), later);
      const ca = read({ certFile: authority.caFile, keyFile: authority.caFile }).cert;
      match(await refusalOf(ask(gateway, { ca })), /CERTIFICATE_REQUIRED|ECONNRESET|EPIPE/i);
      const wrong = read(stranger.issue('client'));
      match(await refusalOf(ask(gateway, { ca, ...wrong })), /ALERT|UNKNOWN_CA|ECONNRESET|EPIPE/i);
      equal(served, 0);
      equal((await ask(gateway, { ca, ...read(authority.issue('client')) })).status, 200);
      equal(served, 1);
    }),
  );

  it(
    '[SIM-101] takes over a certificate that was replaced :: the new serial is served, and no request fails',
    within(30_000, async (later) => {
      const folder = makeFolder(later);
      const authority = createAuthority(folder);
      const old = authority.issue('old', 0x1111);
      const next = authority.issue('next', 0x2222);
      const tls = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
      const put = (pair: { certFile: string; keyFile: string }) => {
        // As Kubernetes and certbot do it: links that are turned.
        for (const [from, to] of [
          [pair.certFile, tls.certFile],
          [pair.keyFile, tls.keyFile],
        ] as const) {
          symlinkSync(from, `${to}.new`);
          renameSync(`${to}.new`, to);
        }
      };
      put(old);
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const gateway = await startGateway(policyFor(upstream, tls), later);
      const ca = read({ certFile: authority.caFile, keyFile: authority.caFile }).cert;
      const kept = new Agent({ keepAlive: true, maxSockets: 3, ca });
      later(async () => kept.destroy());
      const failures: string[] = [];
      const serials = new Set<string>();
      let isOver = false;
      let asked = 0;
      const load = async (options: object) => {
        while (!isOver) {
          asked += 1;
          await ask(gateway, options).then(
            ({ status, serial }) => {
              serials.add(serial);
              if (status !== 200) failures.push(String(status));
            },
            (error: Error) => failures.push(error.message),
          );
          await sleep(5);
        }
      };
      const loads = [load({ ca }), load({ ca }), load({ agent: kept }), load({ agent: kept })];
      await sleep(300);
      put(next);
      while (!serials.has('2222')) await sleep(50);
      await sleep(300);
      isOver = true;
      await Promise.all(loads);
      deepEqual(failures, []);
      ok(asked > 50);
      equal((await ask(gateway, { ca })).serial, '2222');
      const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      match(text, /^tls_reloads_total\{result="taken"\} 1$/m);
    }),
  );

  it(
    'keeps the old pair while the new one does not fit together, says so, and takes it once it does',
    within(30_000, async (later) => {
      const folder = makeFolder(later);
      const authority = createAuthority(folder);
      const old = authority.issue('old', 0x3333);
      const next = authority.issue('next', 0x4444);
      const tls = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
      copyFileSync(old.certFile, tls.certFile);
      copyFileSync(old.keyFile, tls.keyFile);
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const gateway = await startGateway(policyFor(upstream, tls), later);
      const ca = read({ certFile: authority.caFile, keyFile: authority.caFile }).cert;
      const refusals = () =>
        gateway.lines.filter((line) => String(line['msg']).startsWith('certificate files refused'));
      copyFileSync(next.certFile, tls.certFile);
      while (refusals().length < 1) await sleep(50);
      equal((await ask(gateway, { ca })).serial, '3333');
      writeFileSync(tls.keyFile, 'no key at all');
      while (refusals().length < 2) await sleep(50);
      equal((await ask(gateway, { ca })).serial, '3333');
      copyFileSync(next.keyFile, tls.keyFile);
      while ((await ask(gateway, { ca })).serial !== '4444') await sleep(50);
      equal(JSON.stringify(gateway.lines).includes('PRIVATE KEY'), false);
    }),
  );

  it(
    'does not start, and does not reload, with files that cannot be used',
    within(20_000, async (later) => {
      const folder = makeFolder(later);
      const pair = createAuthority(folder).issue('gateway');
      const other = createAuthority(folder, 'other').issue('gateway');
      const start = async (policy: RuntimePolicy) => {
        const loaded = loadPolicy(JSON.stringify(policy));
        ok(loaded.kind !== 'invalid');
        const runtime = createRuntime({ ...loaded, env: {}, log: { write: () => undefined } });
        later(() => runtime.stop());
        return { runtime, result: await runtime.start() };
      };
      const missing = await start(policyFor('http://127.0.0.1:9', { ...pair, keyFile: join(folder, 'none') }));
      ok(missing.result.kind === 'refused');
      match(missing.result.reasons.join(), /^tls: .*none: cannot be read \(ENOENT\)$/);
      const mixed = await start(policyFor('http://127.0.0.1:9', { ...pair, keyFile: other.keyFile }));
      ok(mixed.result.kind === 'refused');
      match(mixed.result.reasons.join(), /no usable certificate and key/);
      const good = await start(testPolicy());
      equal(good.result.kind, 'started');
      const upstreams = { main: { ...testUpstream('https://127.0.0.1:9'), tls: { caFile: join(folder, 'none') } } };
      const next = loadPolicy(JSON.stringify(testPolicy({ upstreams })));
      ok(next.kind !== 'invalid');
      const reloaded = await good.runtime.reload(next);
      ok(reloaded.kind === 'refused');
      match(reloaded.reasons.join(), /^upstreams\.main\.tls: /);
    }),
  );

  it(
    'tunnels WebSockets through TLS on both sides',
    within(20_000, async (later) => {
      const folder = makeFolder(later);
      const authority = createAuthority(folder);
      const upstream = await startSocketUpstream(later);
      const routes = [testRoute({ path: '/ws', kind: 'websocket', methods: ['GET'] })];
      const tls = { ...authority.issue('gateway'), minVersion: 'TLSv1.2' as const };
      const inner = await startGateway(testPolicy({ routes, tls, upstreams: { main: testUpstream(upstream) } }), later);
      const target = { ...testUpstream(inner.url), tls: { caFile: authority.caFile } };
      const outer = await startGateway(testPolicy({ routes, tls, upstreams: { main: target } }), later);
      const ca = read({ certFile: authority.caFile, keyFile: authority.caFile }).cert;
      const { socket, next, closed } = await mustOpen(`${outer.url}/ws`, { ca });
      const text = 'x'.repeat(200_000);
      socket.send(text);
      ok((await next()) === text);
      await inner.runtime.stop();
      equal((await closed).code, 1001);
    }),
  );
});

describe('TLS towards upstreams', (it) => {
  async function startTlsUpstream(authority: Authority, later: Later, asksForCertificate: boolean) {
    const names: (string | undefined)[] = [];
    const server = createTlsServer(
      {
        ...read(authority.issue('upstream')),
        ca: read({ certFile: authority.caFile, keyFile: authority.caFile }).cert,
        requestCert: asksForCertificate,
        rejectUnauthorized: asksForCertificate,
      },
      (req, res) => {
        const name = (req.socket as TLSSocket).getPeerCertificate().subject?.CN;
        names.push(typeof name === 'string' ? name : undefined);
        res.end('ok');
      },
    );
    const port = await bind(server);
    later(async () => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `https://127.0.0.1:${port}`, names, port };
  }

  it(
    'checks certificates always, by the authorities of the policy or of the system',
    within(20_000, async (later) => {
      const folder = makeFolder(later);
      const authority = createAuthority(folder);
      const stranger = createAuthority(folder, 'stranger');
      const upstream = await startTlsUpstream(authority, later, false);
      const status = async (target: Partial<RuntimePolicy['upstreams'][string]>, url = upstream.url) => {
        const main = { ...testUpstream(url), ...target };
        const gateway = await startGateway(testPolicy({ upstreams: { main } }), later);
        return (await fetch(`${gateway.url}/v1/items`)).status;
      };
      equal(await status({ tls: { caFile: authority.caFile } }), 200);
      equal(await status({ tls: { caFile: stranger.caFile } }), 502);
      equal(await status({}), 502, 'nobody vouches for it');
      equal(upstream.names.length, 1);
    }),
  );

  it(
    'shows the client certificate of the policy, and a replaced one from the next connection on',
    within(30_000, async (later) => {
      const folder = makeFolder(later);
      const authority = createAuthority(folder);
      const upstream = await startTlsUpstream(authority, later, true);
      const [first, second] = [authority.issue('first'), authority.issue('second')];
      const files = { certFile: join(folder, 'client.crt'), keyFile: join(folder, 'client.key') };
      copyFileSync(first.certFile, files.certFile);
      copyFileSync(first.keyFile, files.keyFile);
      // An idle connection is closed soon, so that the next request makes a new one.
      const main = { ...testUpstream(upstream.url), keepAliveMs: 10, tls: { caFile: authority.caFile, ...files } };
      const gateway = await startGateway(testPolicy({ upstreams: { main } }), later);
      equal((await fetch(`${gateway.url}/v1/items`)).status, 200);
      copyFileSync(second.certFile, files.certFile);
      copyFileSync(second.keyFile, files.keyFile);
      while (upstream.names.at(-1) !== 'second') {
        equal((await fetch(`${gateway.url}/v1/items`)).status, 200);
        await sleep(100);
      }
      equal(upstream.names[0], 'first');
      const bare = { ...testUpstream(upstream.url), tls: { caFile: authority.caFile } };
      const without = await startGateway(testPolicy({ upstreams: { main: bare } }), later);
      equal((await fetch(`${without.url}/v1/items`)).status, 502);
    }),
  );

  it(
    'drops a client that does not finish its handshake with the others unharmed',
    within(10_000, async (later) => {
      const authority = createAuthority(makeFolder(later));
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const gateway = await startGateway(policyFor(upstream, authority.issue('gateway')), later);
      const ca = read({ certFile: authority.caFile, keyFile: authority.caFile }).cert;
      for (let index = 0; index < 30; index += 1) {
        const socket = connect({ port: gateway.port, host: '127.0.0.1', ca });
        socket.on('error', () => undefined);
        setTimeout(() => socket.destroy(), index % 7);
      }
      await sleep(50);
      equal((await ask(gateway, { ca })).status, 200);
      ok(!gateway.lines.some((line) => line['msg'] === 'bug'));
    }),
  );
});
