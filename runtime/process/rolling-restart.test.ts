/**
 * Three replicas behind a real nginx are restarted one after the other, under load.
 *
 * What is forwarded, how, and when another replica is asked is read from the compiled edge of one system, byte for byte;
 * its one instance is replaced by three, and locations for all four kinds of load stand around it.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { freePort } from '../../compiler/testing/ports.ts';
import { requireTool } from '../../compiler/testing/real-tools.ts';
import { describe } from '../../compiler/testing/suite.ts';
import { makeNginxFolder, startNginx, TEMPORARY_PATHS } from '../testing/nginx.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { bind, within } from '../testing/servers.ts';
import { mustOpen } from '../testing/websockets.ts';

type Later = Parameters<typeof makeNginxFolder>[0];

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const EDGE = fileURLToPath(new URL('../../generated/intent-engine/production/nginx/http/', import.meta.url));
/** Well above the second for which the edge keeps an idle connection, so that it closes them itself, also where its timers are late. */
const DRAIN_DELAY_MS = 4_000;
/** `fail_timeout` of nginx where a configuration does not say. */
const FAIL_TIMEOUT_MS = 10_000;

/** One service that answers, echoes, streams and tunnels. */
async function startService(later: Later): Promise<string> {
  const server = createServer((req, res) => {
    if (req.url?.startsWith('/v1/events') === true) {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      const timer = setInterval(() => res.write(`data: ${Date.now()}\n\n`), 100);
      res.on('close', () => clearInterval(timer));
      return;
    }
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    req.on('end', () => setTimeout(() => res.end(String(bytes)), 10));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data) => socket.send(data));
  });
  const port = await bind(server);
  later(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

function writePolicy(folder: string, port: number, service: string): string {
  const path = join(folder, `policy-${port}.json`);
  const policy = testPolicy({
    listen: { host: '127.0.0.1', port },
    trust: { proxyCidrs: ['127.0.0.0/8'] },
    upstreams: { main: { ...testUpstream(service), maxConnections: 100 } },
    routes: [
      testRoute({ timeoutMs: 20_000 }),
      testRoute({
        id: 'events',
        path: '/v1/events',
        kind: 'sse',
        idleTimeoutMs: 0,
        keepAliveMs: 5_000,
        timeoutMs: 20_000,
      }),
      testRoute({
        id: 'ws',
        path: '/v1/ws',
        kind: 'websocket',
        methods: ['GET'],
        idleTimeoutMs: 0,
        timeoutMs: 20_000,
        websocket: { enabled: true, maxConnectionsPerTenant: 100, pingIntervalMs: 10_000 },
      }),
    ],
    shutdown: { drainDelayMs: DRAIN_DELAY_MS, drainTimeoutMs: 10_000 },
  });
  writeFileSync(path, JSON.stringify(policy));
  return path;
}

interface Replica {
  /** The exit status after SIGTERM. */
  stop(): Promise<number | null>;
}

async function startReplica(policy: string, children: Set<ChildProcess>): Promise<Replica> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, policy], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += String(chunk).slice(0, 10_000);
      if (out.includes('"listening":')) resolve();
      if (out.length > 100_000) out = '';
    });
    ended.then((code) => reject(new Error(`a replica ended with ${code}`)));
  });
  return {
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function edgeFiles(port: number, replicas: readonly number[]): Readonly<Record<string, string>> {
  const servers = replicas.map((replica) => `server 127.0.0.1:${replica};`).join('\n    ');
  const upstreams = readFileSync(join(EDGE, 'upstreams.conf'), 'utf8')
    .replace(/^ *server .*;$/m, `    ${servers}`)
    .replace('keepalive_timeout 4s;', 'keepalive_timeout 1s;');
  const block = (name: string, body: string) => `${name} {\n${body}\n}\n`;
  const locations = [
    block('location /v1/items', 'proxy_pass http://runtime;'),
    block('location = /v1/events', 'proxy_buffering off; proxy_read_timeout 60s; proxy_pass http://runtime;'),
    block(
      'location = /v1/ws',
      'set $route api/socket; proxy_buffering off; proxy_read_timeout 60s; proxy_pass http://runtime;',
    ),
  ];
  const server = block('server', `listen 127.0.0.1:${port}; set $route "";\n${locations.join('')}`);
  const http = block(
    'http',
    `access_log off;\n${TEMPORARY_PATHS}\ninclude forwarding.conf;\ninclude upstreams.conf;\n${server}`,
  );
  return {
    'forwarding.conf': readFileSync(join(EDGE, 'forwarding.conf'), 'utf8'),
    'upstreams.conf': upstreams,
    'nginx.conf': `worker_processes 1;\npid nginx.pid;\nerror_log error.log;\n${block('events', 'worker_connections 1024;')}${http}`,
  };
}

/** What the clients of one kind saw. */
interface Tally {
  done: number;
  /** Told to connect again, and did. */
  reconnected: number;
  readonly failures: string[];
}

class Load {
  readonly requests: Tally = { done: 0, reconnected: 0, failures: [] };
  readonly posts: Tally = { done: 0, reconnected: 0, failures: [] };
  readonly events: Tally = { done: 0, reconnected: 0, failures: [] };
  readonly sockets: Tally = { done: 0, reconnected: 0, failures: [] };
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });
  #isOver = false;

  constructor(port: number) {
    this.#port = port;
  }

  start(): Promise<unknown> {
    const many = (count: number, run: () => Promise<void>) => Array.from({ length: count }, run);
    return Promise.all([
      ...many(6, () => this.#repeat(this.requests, () => this.#send('GET', []), 20)),
      ...many(4, () => this.#repeat(this.posts, () => this.#send('POST', ['a', 'b', 'c', 'd', 'e', 'f']), 5)),
      ...many(6, () => this.#repeat(this.events, () => this.#listen(), 0)),
      ...many(6, () => this.#repeat(this.sockets, () => this.#talk(), 0)),
    ]);
  }

  finish(): void {
    this.#isOver = true;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #repeat(tally: Tally, run: () => Promise<string | undefined>, pauseMs: number): Promise<void> {
    while (!this.#isOver) {
      const failure = await run().catch((error: Error) => error.message);
      if (failure === undefined) tally.done += 1;
      else tally.failures.push(failure);
      await sleep(pauseMs);
    }
  }

  /** A body is sent a part every 100 ms, so that a restart always meets some of them half-way. */
  #send(method: string, parts: readonly string[]): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const options = { port: this.#port, host: '127.0.0.1', path: '/v1/items', method, agent: this.#agent };
      const headers = parts.length === 0 ? {} : { 'content-length': String(parts.length) };
      const req = request({ ...options, headers, ...(parts.length === 0 ? {} : { agent: false }) }, (res) => {
        let body = '';
        res.on('data', (chunk) => {
          body += String(chunk);
        });
        res.on('error', reject);
        res.on('end', () =>
          resolve(
            res.statusCode === 200 && body === String(parts.length) ? undefined : `${method} ${res.statusCode} ${body}`,
          ),
        );
      });
      req.on('error', reject);
      const write = async () => {
        for (const part of parts) {
          req.write(part);
          await sleep(100);
        }
        req.end();
      };
      void write();
    });
  }

  /** Listens until it is told to go, or the load is over. */
  #listen(): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const req = request({ port: this.#port, host: '127.0.0.1', path: '/v1/events', agent: false }, (res) => {
        let text = '';
        if (res.statusCode !== 200) resolve(`events ${res.statusCode}`);
        res.on('data', (chunk) => {
          text = (text + String(chunk)).slice(-300);
          if (!this.#isOver) return;
          req.destroy();
          resolve(undefined);
        });
        res.on('end', () => {
          const isTold = /event: shutdown\nretry: \d+\ndata: .+\n\n$/.test(text);
          if (isTold) this.events.reconnected += 1;
          resolve(isTold ? undefined : 'events ended without a word');
        });
        res.on('error', (error) => (this.#isOver ? resolve(undefined) : reject(error)));
      });
      req.on('error', (error) => (this.#isOver ? resolve(undefined) : reject(error)));
      req.end();
    });
  }

  /** Talks until it is told to go, or the load is over. */
  async #talk(): Promise<string | undefined> {
    const { socket, next, closed } = await mustOpen(`http://127.0.0.1:${this.#port}/v1/ws`);
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    while (!this.#isOver && !isClosed) {
      socket.send('hello');
      await Promise.race([next(), closed]);
      await sleep(50);
    }
    if (this.#isOver) socket.close();
    const { code } = await closed;
    if (this.#isOver) return undefined;
    if (code !== 1001) return `socket closed with ${code}`;
    this.sockets.reconnected += 1;
    return undefined;
  }
}

describe('a rolling restart', (it) => {
  it(
    '[SIM-075] [SIM-076] loses no request of three replicas behind the compiled edge :: keep-alive, streams, tunnels, slow uploads',
    within(170_000, async (later) => {
      const program = requireTool('nginx');
      const service = await startService(later);
      const folder = makeNginxFolder(later);
      const children = new Set<ChildProcess>();
      later(async () => {
        for (const child of children) child.kill('SIGKILL');
      });
      const ports = [await freePort(), await freePort(), await freePort()];
      const policies = ports.map((port) => writePolicy(folder, port, service));
      const replicas = await Promise.all(policies.map((policy) => startReplica(policy, children)));
      const port = await freePort();
      await startNginx(program, { folder, files: edgeFiles(port, ports), port }, later);

      const load = new Load(port);
      later(async () => load.close());
      const over = load.start();
      await sleep(1_000);
      const before = load.requests.done;
      for (const [index, policy] of policies.entries()) {
        const startedAt = performance.now();
        equal(await replicas[index]?.stop(), 0, 'it cut nothing');
        const tookMs = performance.now() - startedAt;
        ok(tookMs < 30_000, `stopped after ${tookMs} ms`);
        await startReplica(policy, children);
        // nginx leaves a replica alone for ten seconds after it refused a connection: the next one may only go when this one is back.
        if (index < policies.length - 1) await sleep(FAIL_TIMEOUT_MS + 500);
      }
      load.finish();
      await over;
      const failures = [load.requests, load.posts, load.events, load.sockets].flatMap((tally) => tally.failures);
      deepEqual(failures, []);
      ok(load.requests.done - before > 100, `${load.requests.done} requests`);
      ok(load.posts.done > 10, `${load.posts.done} uploads`);
      ok(load.events.reconnected >= 6, `${load.events.reconnected} streams came back`);
      ok(load.sockets.reconnected >= 6, `${load.sockets.reconnected} tunnels came back`);
    }),
  );
});
