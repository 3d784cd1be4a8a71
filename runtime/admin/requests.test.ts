/** What the operators' port makes of requests that are not quite requests, beside what its operations describe. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { createCaller, TOKEN } from '../testing/administration.ts';
import { testPolicy } from '../testing/policy.ts';
import { rawRequest, startGateway, within } from '../testing/servers.ts';

const ADMIN = { env: { ADMIN_API_KEY: TOKEN } };

describe('requests to the operators’ port', (it) => {
  it(
    'nothing has two names :: a target that is not exactly a path of an operation is for nobody',
    within(20_000, async (later) => {
      const gateway = await startGateway(testPolicy(), later, ADMIN);
      const port = Number(new URL(gateway.adminUrl).port);
      const ask = async (target: string, method = 'GET') =>
        (await rawRequest(port, `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).slice(9, 12);
      equal(await ask('/status'), '200');
      const odd = ['/Status', '/status/', '//status', '/status#a', '/%73tatus', '/./status', '/status%zz', '\\status'];
      for (const target of [...odd, 'http://a/status', 'a', '*']) {
        match(await ask(target), /^40[04]$/, target);
      }
      // What is below the administration by any reading asks for the administrator, or is nothing.
      for (const target of ['/v1/admin', '/v1/admin/', '/v1/admin/none', '/v1/admin/keys']) {
        equal(await ask(target), '401', target);
      }
      for (const target of ['/V1/admin/keys', '/v1//admin/keys', '/v1\\admin\\keys#', '/v1/%61dmin/keys']) {
        equal(await ask(target), '404', target);
      }
    }),
  );

  it(
    'another method is told which there are, and HEAD is GET without its body',
    within(20_000, async (later) => {
      const gateway = await startGateway(testPolicy(), later, ADMIN);
      const call = createCaller(gateway);
      const refused = await call('DELETE', '/v1/status');
      deepEqual([refused.status, refused.headers.get('allow'), refused.body.status], [405, 'GET, HEAD', 405]);
      equal((await call('OPTIONS', '/v1/admin/breakers')).headers.get('allow'), 'GET, HEAD, POST');
      const [got, head] = [
        await fetch(`${gateway.adminUrl}/health`),
        await fetch(`${gateway.adminUrl}/health`, { method: 'HEAD' }),
      ];
      deepEqual([head.status, await head.text()], [200, '']);
      equal(head.headers.get('content-length'), got.headers.get('content-length'));
    }),
  );

  it(
    'a body that grows too large is told so, and one that does not come whole is no bug',
    within(20_000, async (later) => {
      const gateway = await startGateway(testPolicy(), later, ADMIN);
      const port = Number(new URL(gateway.adminUrl).port);
      const head = `POST /v1/admin/breakers HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n`;
      const large = `11000\r\n${'a'.repeat(0x11000)}\r\n`;
      const answer = await rawRequest(port, `${head}Transfer-Encoding: chunked\r\n\r\n${large}`);
      match(answer, /^HTTP\/1\.1 413 /);
      match(answer, /^connection: close\r$/im);
      await rawRequest(port, `${head}Content-Length: 10\r\n\r\n{`);
      equal(gateway.lines.filter((line) => JSON.stringify(line).includes('bug')).length, 0);
    }),
  );

  it(
    'what was asked for and refused is in the audit, what had no sense is not',
    within(20_000, async (later) => {
      const gateway = await startGateway(testPolicy(), later, ADMIN);
      const call = createCaller(gateway);
      await call('POST', '/v1/admin/breakers', { kind: 'provider', name: 'none', action: 'open' });
      await call('POST', '/v1/admin/breakers', { kind: 'provider', name: 'none', action: 'burn' });
      await call('POST', '/v1/admin/pools/reset', { name: 'none' });
      const { items } = (await call('GET', '/v1/admin/audit')).body;
      deepEqual(
        items.map(({ action, subject, result, actor }: Record<string, string>) => [action, subject, result, actor]),
        [
          ['pool.reset', 'none', 'refused', 'administrator'],
          ['breaker.open', 'provider none', 'refused', 'administrator'],
        ],
      );
    }),
  );
});
