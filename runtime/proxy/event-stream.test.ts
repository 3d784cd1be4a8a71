import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { request, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../compiler/testing/ports.ts';
import { requireTool } from '../../compiler/testing/real-tools.ts';
import { describe } from '../../compiler/testing/suite.ts';
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import { makeNginxFolder, startNginx, TEMPORARY_PATHS } from '../testing/nginx.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { type Gateway, startGateway, startUpstream, within } from '../testing/servers.ts';

type Later = Parameters<typeof startUpstream>[1];

const policyFor = (upstream: string, route: Partial<Route> = {}) =>
  testPolicy({
    routes: [testRoute({ path: '/events', kind: 'sse', idleTimeoutMs: 0, ...route })],
    upstreams: { main: testUpstream(upstream) },
  });

/** A stream that a test writes by hand. */
async function startStream(later: Later, headers: Readonly<Record<string, string>> = {}) {
  const opened: ServerResponse[] = [];
  const url = await startUpstream((_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...headers });
    res.flushHeaders();
    opened.push(res);
  }, later);
  return { url, opened };
}

interface Listening {
  text: string;
  readonly ended: Promise<'end' | 'cut'>;
  stop(): void;
}

/** Reads a stream into `text`. */
function listenTo(url: string): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const req = request(url, (res) => {
      const ended = new Promise<'end' | 'cut'>((done) => {
        res.on('end', () => done('end'));
        res.on('error', () => done('cut'));
        res.on('aborted', () => done('cut'));
      });
      const listening: Listening = { text: '', ended, stop: () => req.destroy() };
      res.on('data', (chunk) => {
        listening.text += String(chunk);
      });
      resolve(listening);
    });
    req.on('error', reject);
    req.end();
  });
}

async function gauge(gateway: Gateway, name: string): Promise<string> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  return new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 'absent';
}

const COMMENTS = /^(?::\n\n)?(?:: keep-alive\n\n)+/;

describe('event streams', (it) => {
  it(
    '[SIQ-010] ends a stream that broke with an error event :: cleanly, and counts it no more',
    within(10_000, async (later) => {
      const upstream = await startStream(later);
      const gateway = await startGateway(policyFor(upstream.url), later);
      equal(await gauge(gateway, 'event_streams'), '0');
      const client = await listenTo(`${gateway.url}/events`);
      upstream.opened[0]?.write('data: first\n\n');
      while (client.text === '') await sleep(5);
      equal(await gauge(gateway, 'event_streams'), '1');
      upstream.opened[0]?.socket?.destroy();
      equal(await client.ended, 'end');
      match(client.text, /^data: first\n\nevent: error\ndata: \{.*"status":502.*\}\n\n$/);
      ok(!/ECONN|socket|undici/i.test(client.text), 'nothing of the failure is repeated');
      while ((await gauge(gateway, 'event_streams')) !== '0') await sleep(5);
    }),
  );

  it(
    'cuts a stream that broke within an event :: half an event is never taken for whole',
    within(10_000, async (later) => {
      const upstream = await startStream(later);
      const gateway = await startGateway(policyFor(upstream.url), later);
      const client = await listenTo(`${gateway.url}/events`);
      upstream.opened[0]?.write('data: first\n\ndata: sec');
      while (!client.text.endsWith('sec')) await sleep(5);
      upstream.opened[0]?.socket?.destroy();
      equal(await client.ended, 'cut');
      equal(client.text, 'data: first\n\ndata: sec');
    }),
  );

  it(
    'keeps a silent stream alive with comments, and says nothing in the middle of an event',
    within(15_000, async (later) => {
      for (const [name, begun, isBetween] of [
        ['before the first event', '', true],
        ['after an event', 'data: 1\n\n', true],
        ['after an event with CRLF', 'data: 1\r\n\r\n', true],
        ['after an event with CR', 'data: 1\r\r', true],
        ['within a line', 'data: 1\n\ndata: 2', false],
        ['between two lines of an event', 'data: 1\n\ndata: 2\n', false],
        ['after one CRLF', 'data: 1\r\n', false],
      ] as const) {
        const upstream = await startStream(later);
        const gateway = await startGateway(policyFor(upstream.url, { keepAliveMs: 60 }), later);
        const client = await listenTo(`${gateway.url}/events`);
        const res = upstream.opened[0];
        if (begun !== '') res?.write(begun);
        while (!client.text.includes(begun)) await sleep(2);
        await sleep(250);
        const after = begun === '' ? client.text : client.text.slice(client.text.lastIndexOf(begun) + begun.length);
        if (isBetween) match(after, COMMENTS, name);
        else equal(after, '', name);
        res?.end('\n\n');
        await client.ended;
      }
    }),
  );

  it(
    'adds nothing to a stream that is compressed, measured or no event stream',
    within(10_000, async (later) => {
      for (const headers of [
        { 'content-encoding': 'gzip' },
        { 'content-length': '3' },
        { 'content-type': 'text/plain' },
      ]) {
        const upstream = await startStream(later, headers);
        const gateway = await startGateway(policyFor(upstream.url, { keepAliveMs: 40 }), later);
        const client = await listenTo(`${gateway.url}/events`);
        await sleep(200);
        upstream.opened[0]?.end('abc');
        equal(await client.ended, 'end');
        equal(client.text, 'abc');
      }
    }),
  );

  it(
    'says goodbye on a drain :: after the event that was begun, with a time to come back that differs',
    within(10_000, async (later) => {
      const upstream = await startStream(later);
      const gateway = await startGateway(policyFor(upstream.url), later);
      const clients = await Promise.all(Array.from({ length: 12 }, () => listenTo(`${gateway.url}/events`)));
      while (upstream.opened.length < 12) await sleep(5);
      for (const res of upstream.opened) res.write('data: half');
      while (clients.some(({ text }) => text === '')) await sleep(5);
      const stopped = gateway.runtime.stop();
      await sleep(100);
      for (const res of upstream.opened) res.write(' whole\n\n');
      const waits = new Set<string>();
      for (const client of clients) {
        equal(await client.ended, 'end');
        const found = /^data: half whole\n\nevent: shutdown\nretry: (\d+)\ndata: .+\n\n$/.exec(client.text);
        ok(found !== null, client.text);
        waits.add(found[1] ?? '');
      }
      ok(waits.size > 3, `${waits.size} different times`);
      equal((await stopped).cut, 0);
    }),
  );

  it(
    '[SIQ-011] holds a silent stream for much more than its keep-alive interval through nginx',
    within(30_000, async (later) => {
      const program = requireTool('nginx');
      const upstream = await startStream(later);
      const gateway = await startGateway(policyFor(upstream.url, { keepAliveMs: 400 }), later);
      const port = await freePort();
      const folder = makeNginxFolder(later);
      const conf = (name: string) => `${name} {`;
      const files = {
        // It gives up a silent upstream after one second: only the comments keep the stream open.
        'nginx.conf': `
          worker_processes 1; pid nginx.pid; error_log error.log;
          ${conf('events')} worker_connections 256; }
          ${conf('http')} access_log off; ${TEMPORARY_PATHS}
            ${conf('server')} listen 127.0.0.1:${port};
              ${conf('location /')} proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
                proxy_read_timeout 1s; proxy_pass http://127.0.0.1:${gateway.port}; } } }`,
      };
      await startNginx(program, { folder, files, port }, later);
      const client = await listenTo(`http://127.0.0.1:${port}/events`);
      await sleep(3_200);
      const comments = client.text.split(': keep-alive\n\n').length - 1;
      ok(comments >= 5, `${comments} comments in 3200 ms`);
      upstream.opened[0]?.end('data: late\n\n');
      equal(await client.ended, 'end');
      match(client.text, /data: late\n\n$/);

      const silent = await startGateway(policyFor(upstream.url), later);
      const bare = { ...files, 'nginx.conf': files['nginx.conf'].replace(`:${gateway.port};`, `:${silent.port};`) };
      const otherPort = await freePort();
      const other = { 'nginx.conf': bare['nginx.conf'].replace(`:${port};`, `:${otherPort};`) };
      await startNginx(program, { folder: makeNginxFolder(later), files: other, port: otherPort }, later);
      const cut = await listenTo(`http://127.0.0.1:${otherPort}/events`);
      equal(await cut.ended, 'cut', 'without comments nginx ends the stream');
    }),
  );

  it(
    '[SIQ-066] holds 200 streams at once without a drop',
    within(30_000, async (later) => {
      const upstream = await startStream(later);
      const policy = policyFor(upstream.url, { keepAliveMs: 300 });
      const wide = { ...testUpstream(upstream.url), maxConnections: 300 };
      const gateway = await startGateway({ ...policy, upstreams: { main: wide } }, later);
      const clients = await Promise.all(Array.from({ length: 200 }, () => listenTo(`${gateway.url}/events`)));
      equal(await gauge(gateway, 'event_streams'), '200');
      for (let tick = 0; tick < 4; tick += 1) {
        for (const res of upstream.opened) res.write(`data: ${tick}\n\n`);
        await sleep(700);
      }
      equal(await gauge(gateway, 'event_streams'), '200');
      for (const res of upstream.opened) res.end();
      deepEqual(new Set(await Promise.all(clients.map(({ ended }) => ended))), new Set(['end']));
      for (const { text } of clients) {
        equal(text.replaceAll(/^:.*\n\n/gm, ''), 'data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\n');
      }
    }),
  );

  it(
    '[SIQ-078] goes on through a balancer :: a client that reconnects with its last event reaches the other instance',
    within(15_000, async (later) => {
      const seen: (string | undefined)[] = [];
      const upstream = await startUpstream((req, res) => {
        const last = req.headers['last-event-id'];
        seen.push(typeof last === 'string' ? last : undefined);
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        const from = Number(last ?? 0);
        for (let id = from + 1; id <= from + 3; id += 1) res.write(`id: ${id}\ndata: ${id}\n\n`);
      }, later);
      const instances = [
        await startGateway(policyFor(upstream), later),
        await startGateway(policyFor(upstream), later),
      ];
      // The balancer: a stub that takes turns, and hops nothing but bytes.
      let turn = 0;
      const balancer = await startUpstream((req, res) => {
        const { port } = instances[turn++ % 2] ?? { port: 0 };
        const sent = request({ port, host: '127.0.0.1', path: req.url, headers: req.headers }, (answer) => {
          res.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(res);
        });
        req.pipe(sent);
      }, later);
      const read = async (lastId: string | undefined) => {
        const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
        const listening = await new Promise<Listening>((resolve) => {
          const req = request(`${balancer}/events`, { headers }, (res) => {
            const ended = new Promise<'end' | 'cut'>((done) => {
              res.on('end', () => done('end'));
              res.on('error', () => done('cut'));
            });
            const one: Listening = { text: '', ended, stop: () => req.destroy() };
            res.on('data', (chunk) => {
              one.text += String(chunk);
            });
            resolve(one);
          });
          req.end();
        });
        return listening;
      };
      const first = await read(undefined);
      while (!first.text.includes('data: 3\n\n')) await sleep(5);
      await instances[0]?.runtime.stop();
      equal(await first.ended, 'end');
      match(first.text, /event: shutdown\nretry: \d+\n/);
      const second = await read('3');
      while (!second.text.includes('data: 6\n\n')) await sleep(5);
      second.stop();
      deepEqual(seen, [undefined, '3']);
    }),
  );
});
