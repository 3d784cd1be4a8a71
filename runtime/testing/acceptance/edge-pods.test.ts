/**
 * The edge as the cluster runs it: the files of the compiled ConfigMaps and the command of the compiled container, with a real nginx.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { createServer, type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:tls';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { compiledSystem } from '../compiled.ts';
import { type EdgePod, startEdgePod } from '../edge-pod.ts';
import { bind } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';
import { until } from '../until.ts';

interface Stage {
  readonly pod: EdgePod;
  /** Heads that reached what stands for the gateway. */
  readonly seen: Readonly<Record<string, unknown>>[];
  /** Ends the requests that wait. */
  release(): unknown;
  /** The addresses of the solvers of challenges. */
  readonly solvers: string[];
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

interface Ask {
  readonly host: string;
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secure?: boolean;
}

function ask(
  port: number,
  path: string,
  { host, from = '127.0.0.1', headers = {}, secure = false }: Ask,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, localAddress: from, agent: false, headers: { host, ...headers } };
    const call = (secure ? secureRequest : request)(
      { ...options, ...(secure ? { servername: host, rejectUnauthorized: false } : {}) },
      (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk)));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
      },
    );
    call.on('error', reject);
    call.end();
  });
}

/** The serial number of the certificate that a handshake shows; undefined where there is none. */
const serialOf = ({ ports, host }: EdgePod): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect(
      { host: '127.0.0.1', port: ports.https, servername: host, rejectUnauthorized: false },
      () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      },
    );
    socket.on('error', () => resolve(undefined));
  });

/** A path that a GET gets through on. */
const SERVED = { sentinel: '/health', 'intent-engine': '/v1', 'sim-corp': '/v1/analytics' } as const;

/** Probes and metrics of the gateway, of what stands behind it, and of nginx itself. Sentinel passes on whatever else is below `/`. */
const CLOSED = {
  sentinel: ['/gateway/ready', '/gateway/health', '/metrics', '/ready'],
  'intent-engine': ['/metrics', '/stub_status', '/livez', '/readyz'],
  'sim-corp': ['/metrics', '/stub_status', '/health', '/ready'],
} as const;

for (const system of ['sentinel', 'intent-engine', 'sim-corp'] as const)
  describe(`the edge of ${system} in its pod`, (it) => {
    const tree = compiledSystem(system, 'production');
    const test = shareSetUp<Stage>(it, async (later) => {
      const seen: Readonly<Record<string, unknown>>[] = [];
      const waiting: (() => void)[] = [];
      const gateway = createServer((req, res) => {
        seen.push(req.headers);
        if (req.headers['x-slow'] === undefined) res.end('gateway');
        else waiting.push(() => res.end('late'));
      });
      const runtime = await bind(gateway);
      later(async () => void gateway.close().closeAllConnections());
      const solvers: string[] = [];
      const solver = await startSolvers(later);
      const resolve = (name: string) => (name.startsWith('edge-acme.') ? solvers : []);
      const pod = await startEdgePod(requireTool('nginx'), { system: tree, runtime, solver, resolve }, later);
      return { pod, seen, solvers, release: () => waiting.splice(0).map((end) => end()) };
    });

    const rotates = async ({ pod }: Stage): Promise<void> => {
      equal(await serialOf(pod), undefined);
      pod.issue(0x5ea1);
      equal(await serialOf(pod), '5EA1');
      pod.issue(0x5ea2);
      equal(await serialOf(pod), '5EA2');
    };
    if (system === 'sim-corp') test('[SIM-101] serves each certificate as it comes, without a reload', 30_000, rotates);
    else test('serves each certificate as it comes, without a reload', 30_000, rotates);

    const redirects = async ({ pod }: Stage): Promise<void> => {
      pod.issue(0x5ea3);
      equal((await ask(pod.ports.https, SERVED[system], { host: pod.host, secure: true })).body, 'gateway');
      const plain = await ask(pod.ports.http, '/v1/a?b=c', { host: pod.host });
      equal(plain.status, 308);
      equal(plain.headers.location, `https://${pod.host}/v1/a?b=c`);
    };
    switch (system) {
      case 'sentinel':
        test('[SEN-026] answers over HTTPS, and sends plain requests there', 30_000, redirects);
        break;
      case 'intent-engine':
        test('[INT-050] answers over HTTPS, and sends plain requests there', 30_000, redirects);
        break;
      case 'sim-corp':
        test('[SIM-098] answers over HTTPS, and sends plain requests there', 30_000, redirects);
    }

    test('sees the address of the client, and believes no field that it wrote', 30_000, async ({ pod, seen }) => {
      pod.issue(0x5ea4);
      const headers = { 'x-forwarded-for': '203.0.113.9' };
      await ask(pod.ports.https, SERVED[system], { host: pod.host, secure: true, from: '127.0.0.7', headers });
      equal(seen.at(-1)?.['x-forwarded-for'], '127.0.0.7');
    });

    test('shows to nobody what operators ask', 30_000, async ({ pod, seen }) => {
      pod.issue(0x5ea5);
      const before = seen.length;
      for (const path of CLOSED[system])
        equal((await ask(pod.ports.https, path, { host: pod.host, secure: true })).status, 404, path);
      equal(seen.length, before);
    });

    test(
      'tells the exporter its counters and the kubelet that it serves, each on a port of its own',
      30_000,
      async ({ pod }) => {
        const uri = new URL(pod.exporterArgs.find((arg) => arg.startsWith('--nginx.scrape-uri='))?.split('=')[1] ?? '');
        deepEqual([uri.hostname, uri.port], ['127.0.0.1', '8082']);
        const status = await ask(pod.ports.status, uri.pathname, { host: 'localhost' });
        match(status.body, /^Active connections: \d+/);
        equal((await ask(pod.ports.status, '/', { host: 'localhost' })).status, 404);
        equal((await ask(pod.ports.probe, '/livez', { host: 'pod' })).status, 204);
        equal((await ask(pod.ports.probe, '/readyz', { host: 'pod' })).status, 204);
        equal((await ask(pod.ports.probe, uri.pathname, { host: 'pod' })).status, 404);
      },
    );

    if (system !== 'sim-corp')
      test(
        'asks every solver for a challenge, wherever the DNS says that they are by now',
        30_000,
        async ({ pod, solvers }) => {
          const challenge = async (token: string) =>
            (await ask(pod.ports.http, `/.well-known/acme-challenge/${token}`, { host: pod.host })).body;
          solvers.splice(0, solvers.length, '127.0.0.1', '127.0.0.2');
          equal(await challenge('token-of-127.0.0.1'), 'proof of 127.0.0.1');
          equal(await challenge('token-of-127.0.0.2'), 'proof of 127.0.0.2');
          solvers.splice(0, solvers.length, '127.0.0.3');
          const answers: string[] = [];
          for (let attempt = 0; attempt < 100 && answers.at(-1) !== 'proof of 127.0.0.3'; attempt += 1) {
            answers.push(await challenge('token-of-127.0.0.3'));
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
          equal(answers.at(-1), 'proof of 127.0.0.3');
        },
      );

    test('ends what it has begun when its pod is told to leave', 30_000, async ({ pod, seen, release }) => {
      pod.issue(0x5ea6);
      const before = seen.length;
      const slow = ask(pod.ports.https, SERVED[system], { host: pod.host, secure: true, headers: { 'x-slow': '1' } });
      await until(() => seen.length > before, 'the request');
      pod.child.kill('SIGQUIT');
      release();
      equal((await slow).body, 'late');
      await until(() => pod.child.exitCode !== null, 'the end of nginx', 20_000);
      equal(pod.child.exitCode, 0);
    });
  });

describe('the certificates of sentinel', (it) => {
  it("[SEN-032] come from Let's Encrypt, for the name that is served, into the Secret that nginx reads", () => {
    const tree = compiledSystem('sentinel', 'production');
    const spec = (path: string) => (tree.data(`kubernetes/edge/${path}.yaml`) as { readonly spec: unknown }).spec;
    const acme = {
      server: 'https://acme-v02.api.letsencrypt.org/directory',
      privateKeySecretRef: { name: 'letsencrypt-account' },
    };
    const solvers = [{ http01: { ingress: { serviceType: 'ClusterIP' } } }];
    deepEqual(spec('issuer-letsencrypt'), { acme: { ...acme, solvers } });
    const { dnsNames, secretName, issuerRef } = spec('certificate-sentinel.example.com-tls') as Certificate;
    deepEqual(dnsNames, ['sentinel.example.com']);
    deepEqual(issuerRef, { group: 'cert-manager.io', kind: 'Issuer', name: 'letsencrypt' });
    match(tree.read('kubernetes/edge/deployment-edge.yaml'), new RegExp(`secretName: ${secretName}\n`));
    match(
      tree.read('nginx/conf.d/sentinel.example.com.conf'),
      /ssl_certificate \$certificates\/sentinel\.example\.com\/tls\.crt;/,
    );
  });
});

interface Certificate {
  readonly dnsNames: readonly string[];
  readonly secretName: string;
  readonly issuerRef: Readonly<Record<string, string>>;
}

/** Three pods of cert-manager, each with one token, on one port at addresses of their own. */
async function startSolvers(later: (cleanUp: () => Promise<unknown>) => void): Promise<number> {
  const answer = (address: string) =>
    createServer((req, res) => {
      const isOwn = req.url === `/.well-known/acme-challenge/token-of-${address}`;
      res.writeHead(isOwn ? 200 : 404).end(isOwn ? `proof of ${address}` : 'not mine');
    });
  const first = answer('127.0.0.1');
  const port = await bind(first);
  const others = ['127.0.0.2', '127.0.0.3'].map((address) => answer(address).listen(port, address));
  await Promise.all(others.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  later(async () => {
    for (const server of [first, ...others]) server.close().closeAllConnections();
  });
  return port;
}
