import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe } from '../../../../compiler/testing/suite.ts';
import type { Provider } from '../../../../schemas/runtime-policy.gen.ts';
import { ask, egressPolicy, metric, problemReason } from '../../../testing/egress.ts';
import { startProvider, testProvider } from '../../../testing/provider-stub.ts';
import { rawRequest, startGateway, startRecorder, within } from '../../../testing/servers.ts';

describe('egress :: credentials', (it) => {
  const withCredential = (url: string, header: string): Provider => ({
    timeoutMs: 5_000,
    targets: [{ name: 'only', url, credentials: { header, env: 'LLM_API_KEY' } }],
  });

  it(
    'adds the credential, takes away those of the caller, and tells the provider nothing about the caller',
    within(10_000, async (later) => {
      const key = randomBytes(16).toString('hex');
      const stub = await startProvider(later);
      const gateway = await startGateway(
        egressPolicy({
          one: withCredential(stub.url, 'x-api-key'),
          two: withCredential(stub.url, 'authorization'),
          three: testProvider(stub.url),
        }),
        later,
        { env: { LLM_API_KEY: key } },
      );
      const headers = {
        authorization: 'Bearer of-the-service',
        'x-api-key': 'of-the-user',
        cookie: 'session=1',
        'x-request-id': 'request-1',
        'x-forwarded-for': '10.1.2.3',
        'x-consumer-tenant': 'acme',
        'anthropic-version': '2023-06-01',
      };
      for (const path of ['/one/v1', '/two/v1', '/three/v1']) await (await ask(gateway, path, { headers })).text();
      const [one, two, three] = stub.seen.map((call) => call.headers);
      deepEqual([one?.['x-api-key'], one?.authorization], [key, undefined]);
      deepEqual([two?.['x-api-key'], two?.authorization], [undefined, `Bearer ${key}`]);
      deepEqual([three?.['x-api-key'], three?.authorization], ['of-the-user', 'Bearer of-the-service']);
      for (const seen of [one, two, three]) {
        deepEqual(
          ['cookie', 'x-request-id', 'x-forwarded-for', 'x-consumer-tenant', 'x-forwarded-host'].filter(
            (name) => seen?.[name],
          ),
          [],
        );
        equal(seen?.['anthropic-version'], '2023-06-01');
      }
    }),
  );

  it(
    'never gives the credential away :: not in responses, logs or metrics, nor when the provider repeats it or talks nonsense',
    within(10_000, async (later) => {
      const key = randomBytes(16).toString('hex');
      const stub = await startProvider(later, {
        respond: (req, res) =>
          void res.writeHead(200, { 'x-echo': `key ${String(req.headers['x-api-key'])}`, 'x-fine': 'yes' }).end('ok'),
      });
      const nonsense = await startRecorder(later, `${key} is no status line\r\n\r\n`);
      const gateway = await startGateway(
        egressPolicy({
          echo: withCredential(stub.url, 'x-api-key'),
          nonsense: withCredential(nonsense.url, 'x-api-key'),
        }),
        later,
        { env: { LLM_API_KEY: key } },
      );
      const response = await ask(gateway, '/echo/v1');
      deepEqual([response.headers.get('x-echo'), response.headers.get('x-fine')], [null, 'yes']);
      const broken = await ask(gateway, '/nonsense/v1');
      equal(broken.status, 502);
      const told = [
        JSON.stringify([...response.headers, ...broken.headers]),
        await broken.text(),
        JSON.stringify(gateway.lines),
        await (await fetch(`${gateway.adminUrl}/metrics`)).text(),
        await (await fetch(`${gateway.adminUrl}/policy`)).text(),
      ];
      deepEqual(
        told.filter((text) => text.includes(key)),
        [],
      );
    }),
  );

  it(
    '[SIQ-072] carries a new key from the next call on after a reload; calls in flight end with the old one, and a stream is not cut',
    within(10_000, async (later) => {
      const env: Record<string, string> = { LLM_API_KEY: 'old-key' };
      let finish: () => void = () => undefined;
      const stub = await startProvider(later, {
        respond(_req, res) {
          res.writeHead(200, { 'content-type': 'text/event-stream' });
          res.write('data: one\n\n');
          finish = () => res.end('data: two\n\n');
        },
      });
      const policy = egressPolicy({ llm: withCredential(stub.url, 'x-api-key') });
      const gateway = await startGateway(policy, later, { env });
      const stream = await ask(gateway, '/llm/v1');
      env['LLM_API_KEY'] = 'new-key';
      const result = await gateway.runtime.reload({ policy, digest: 'f'.repeat(64) });
      equal(result.kind, 'reloaded');
      finish();
      equal(await stream.text(), 'data: one\n\ndata: two\n\n');
      stub.respond = (_req, res) => void res.end('ok');
      await (await ask(gateway, '/llm/v1')).text();
      deepEqual(
        stub.seen.map(({ headers }) => headers['x-api-key']),
        ['old-key', 'new-key'],
      );
      env['LLM_API_KEY'] = 'newer-key';
      equal((await gateway.runtime.reload({ policy, digest: 'f'.repeat(64) })).kind, 'unchanged');
      await (await ask(gateway, '/llm/v1')).text();
      equal(stub.seen[2]?.headers['x-api-key'], 'newer-key');
      env['LLM_API_KEY'] = 'two\nlines';
      const refused = await gateway.runtime.reload({ policy, digest: 'e'.repeat(64) });
      ok(refused.kind === 'refused');
      match(refused.reasons.join(), /^LLM_API_KEY must not hold a character that cannot stand in a header$/);
    }),
  );

  it(
    '[INT-034] runs without the credential of an optional provider :: ready, with a metric, and a defined answer',
    within(10_000, async (later) => {
      const spare = await startProvider(later);
      const stub = await startProvider(later);
      const gateway = await startGateway(
        egressPolicy({
          llm: withCredential(stub.url, 'x-api-key'),
          backed: { ...withCredential(stub.url, 'x-api-key'), fallback: 'spare' },
          spare: testProvider(spare.url),
        }),
        later,
        { env: { LLM_API_KEY: '' } },
      );
      equal((await fetch(`${gateway.url}/ready`)).status, 200);
      const answer = await ask(gateway, '/llm/v1');
      equal(answer.status, 503);
      equal(await problemReason(answer), 'provider-not-configured');
      equal(await metric(gateway, 'provider_configured{provider="llm"}'), 0);
      equal(await metric(gateway, 'provider_configured{provider="spare"}'), 1);
      equal((await ask(gateway, '/backed/v1')).headers.get('x-degraded'), 'fallback=spare');
      equal(stub.calls, 0);
    }),
  );
});

describe('egress :: what can be reached', (it) => {
  it(
    'reaches only what the policy names :: other names, forms and paths are refused, and nothing is sent',
    within(15_000, async (later) => {
      const recorder = await startRecorder(later);
      const gateway = await startGateway(
        egressPolicy({ a: testProvider(`${recorder.url}/base/`), host: { timeoutMs: 1_000 } }),
        later,
      );
      const port = Number(new URL(gateway.egressUrl ?? '').port);
      const refused: Readonly<Record<string, RegExp>> = {
        'GET /nobody/x HTTP/1.1': /^HTTP\/1\.1 404 /,
        'GET /host/x HTTP/1.1': /^HTTP\/1\.1 404 /,
        'GET / HTTP/1.1': /^HTTP\/1\.1 404 /,
        'GET /constructor/x HTTP/1.1': /^HTTP\/1\.1 404 /,
        'GET http://169.254.169.254/a/latest HTTP/1.1': /^HTTP\/1\.1 400 /,
        'GET //169.254.169.254/a HTTP/1.1': /^HTTP\/1\.1 400 /,
        'GET /a/../../etc HTTP/1.1': /^HTTP\/1\.1 400 /,
        'GET /a/%2e%2e/x HTTP/1.1': /^HTTP\/1\.1 400 /,
        'GET /a/x%2fy HTTP/1.1': /^HTTP\/1\.1 400 /,
        'GET /a/@evil.test/ HTTP/1.1\r\nHost: second': /^HTTP\/1\.1 400 /,
        'TRACE /a/x HTTP/1.1': /^HTTP\/1\.1 501 /,
        'GET /a/x HTTP/1.1\r\nOrigin: https://evil.test': /^HTTP\/1\.1 403 /,
        'GET /a/x HTTP/1.1\r\nSec-Fetch-Site: cross-site': /^HTTP\/1\.1 403 /,
      };
      for (const [head, expected] of Object.entries(refused)) {
        match(await rawRequest(port, `${head}\r\nHost: localhost\r\n\r\n`, 150), expected, head);
      }
      equal(recorder.text(), '');
      match(
        await rawRequest(port, 'GET /a/@evil.test/%41?q=1 HTTP/1.1\r\nHost: localhost\r\n\r\n', 300),
        /^HTTP\/1\.1 200 /,
      );
      match(recorder.text(), /^GET \/base\/@evil\.test\/A\?q=1 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:/i);
      recorder.clear();
      await rawRequest(port, 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n', 300);
      match(recorder.text(), /^GET \/base HTTP\/1\.1\r\n/);
    }),
  );

  it(
    'follows no redirect :: the service is told of it',
    within(8_000, async (later) => {
      const secret = await startProvider(later);
      const stub = await startProvider(later, {
        respond: (_req, res) => void res.writeHead(302, { location: `${secret.url}/latest` }).end(),
      });
      const gateway = await startGateway(egressPolicy({ a: testProvider(stub.url) }), later);
      const response = await ask(gateway, '/a/x', { redirect: 'manual' });
      equal(response.status, 302);
      equal(secret.calls, 0);
    }),
  );
});
