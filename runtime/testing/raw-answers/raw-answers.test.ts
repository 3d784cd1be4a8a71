import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../compiler/testing/ports.ts';
import { requireVersion } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { makeNginxFolder, startNginx, TEMPORARY_PATHS } from '../nginx.ts';
import { testPolicy, testRoute, testUpstream } from '../policy.ts';
import { askCurl, askRaw, describeAnswer, fieldOf, startRawUpstream } from '../raw-answers.ts';
import { startGateway, within } from '../servers.ts';
import { BODY_ANSWERS } from './body-answers.ts';
import { FIELD_ANSWERS } from './field-answers.ts';
import { COMPARED, isRefused, OK, type RawAnswer } from './raw-answer.ts';
import { STATUS_ANSWERS } from './status-answers.ts';

const ANSWERS = [...STATUS_ANSWERS, ...FIELD_ANSWERS, ...BODY_ANSWERS];
/** How long a silent upstream is waited for. */
const PATIENCE_MS = 1_200;
const PLAIN = `${OK}Content-Length: 5\r\n\r\nplain`;

type Later = Parameters<typeof startRawUpstream>[0];

async function start(later: Later) {
  const upstream = await startRawUpstream(later);
  const gateway = await startGateway(
    testPolicy({
      routes: [testRoute({ timeoutMs: PATIENCE_MS, idleTimeoutMs: PATIENCE_MS })],
      upstreams: { main: testUpstream(`http://127.0.0.1:${upstream.port}`) },
    }),
    later,
  );
  return { upstream, gateway };
}

/** nginx with one `proxy_pass`, and buffers as the compiled edge has them. */
async function startPlainProxy(program: string, upstream: number, later: Later): Promise<number> {
  const port = await freePort();
  const conf = `
    worker_processes 1; pid nginx.pid; error_log error.log; events {}
    http {
      ${TEMPORARY_PATHS}
      access_log off;
      upstream behind { server 127.0.0.1:${upstream}; keepalive 4; }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection "";
          proxy_read_timeout ${PATIENCE_MS}ms; proxy_request_buffering off; proxy_next_upstream off;
          proxy_buffer_size 16k; proxy_buffers 4 16k; proxy_busy_buffers_size 16k;
        }
      }
    }`;
  const options = { folder: makeNginxFolder(later), files: { 'nginx.conf': conf }, port };
  await startNginx(program, options, later);
  return port;
}

const isHead = ({ asked }: RawAnswer): boolean => asked === 'HEAD';

describe('raw answers of upstreams', (it) => {
  it('are a corpus of more than a hundred :: each named once, each difference with its reason', () => {
    ok(ANSWERS.length > 100, `${ANSWERS.length}`);
    equal(new Set(ANSWERS.map(({ name }) => name)).size, ANSWERS.length);
    const differs = ({ curl, nginx, ours }: RawAnswer): boolean =>
      nginx !== ours || (curl === 'fails' ? !isRefused(ours) : curl !== ours);
    const wrong = ANSWERS.filter((row) => differs(row) !== (row.why !== undefined));
    deepEqual(wrong, []);
  });

  it(
    'are taken as the corpus says, byte for byte :: and none spoils the next answer',
    within(120_000, async (later) => {
      const { upstream, gateway } = await start(later);
      const found: unknown[] = [];
      for (const row of ANSWERS) {
        upstream.set(row);
        const text = await askRaw(gateway.port, row);
        const answer = describeAnswer(text, isHead(row));
        if (answer !== row.ours) found.push([row.name, answer, row.ours]);
        if (answer.startsWith('502')) ok(text.startsWith('HTTP/1.1 502 Bad Gateway\r\n'), `${row.name}: ${text}`);
        if (row.field !== undefined) equal(fieldOf(text, row.field[0]).join('|'), row.field[1], row.name);
        // What a row sends too much may still be on its way; it would meet the next request.
        await upstream.said();
        await sleep(20);
        upstream.set({ bytes: PLAIN });
        const next = describeAnswer(await askRaw(gateway.port, {}), false);
        if (next !== '200 plain') found.push([row.name, 'and then', next]);
      }
      deepEqual(found, []);
    }),
  );

  it(
    'are taken by nginx as the corpus says',
    within(120_000, async (later) => {
      const program = requireVersion('nginx', COMPARED.nginx, '-v');
      const upstream = await startRawUpstream(later);
      const port = await startPlainProxy(program, upstream.port, later);
      const found: unknown[] = [];
      for (const row of ANSWERS) {
        upstream.set(row);
        const text = await askRaw(port, row);
        const answer = describeAnswer(text, isHead(row));
        if (answer !== row.nginx) found.push([row.name, answer, row.nginx]);
        if (row.field !== undefined) equal(fieldOf(text, row.field[0]).join('|'), row.field[1], row.name);
      }
      deepEqual(found, []);
    }),
  );

  it(
    'are taken by curl as the corpus says',
    within(120_000, async (later) => {
      const program = requireVersion('curl', COMPARED.curl, '--version');
      const upstream = await startRawUpstream(later);
      const found: unknown[] = [];
      for (const row of ANSWERS) {
        upstream.set(row);
        const answer = await askCurl(program, upstream.port, row);
        if (answer !== row.curl) found.push([row.name, answer, row.curl]);
      }
      deepEqual(found, []);
    }),
  );
});
