/** Listening on every address, on machines with and without IPv6. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { createServer, get, type Server } from 'node:http';
import { describe } from '../../compiler/testing/suite.ts';
import { closeNow, listen } from './listen.ts';

/** A server on a machine that answers `::` with this error. */
function withoutIpv6(code: string): { readonly server: Server; readonly tried: string[] } {
  const server = createServer((_, response) => response.end('here'));
  const tried: string[] = [];
  const real = server.listen.bind(server);
  Object.assign(server, {
    listen(port: number, host: string, opened: () => void) {
      tried.push(host);
      if (host === '::') queueMicrotask(() => server.emit('error', Object.assign(new Error(code), { code })));
      else real(port, '127.0.0.1', opened);
      return server;
    },
  });
  return { server, tried };
}

const statusOf = (url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });

describe('runtime/http/listen', (it) => {
  it('answers over IPv4 on `::`, whatever the machine has', async () => {
    const server = createServer((_, response) => response.end('here'));
    const opened = await listen(server, { host: '::', port: 0 });
    equal(opened.kind, 'listening');
    const port = opened.kind === 'listening' ? new URL(opened.url).port : '';
    equal(await statusOf(`http://127.0.0.1:${port}/`), 200);
    await closeNow(server);
  });

  for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL']) {
    it(`falls back to IPv4 where the machine has no IPv6 :: ${code}`, async () => {
      const { server, tried } = withoutIpv6(code);
      equal((await listen(server, { host: '::', port: 0 })).kind, 'listening');
      deepEqual(tried, ['::', '0.0.0.0']);
      await closeNow(server);
    });
  }

  it('says why it cannot listen for any other reason, and tries nothing else', async () => {
    const { server, tried } = withoutIpv6('EADDRINUSE');
    const refused = await listen(server, { host: '::', port: 8080 });
    match(refused.kind === 'refused' ? String(refused.reasons) : '', /cannot listen on :::8080: the address is in use/);
    deepEqual(tried, ['::']);
  });
});
