/** File names of downloads, byte for byte, by every way that an answer takes: the proxy, a cache, the way out. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { egressPolicy } from '../testing/egress.ts';
import { testCache, testCacheUse, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { askRaw, fieldOf, startRawUpstream } from '../testing/raw-answers.ts';
import { startGateway, within } from '../testing/servers.ts';

const NAMES = {
  'UTF-8, Cyrillic': '\xd0\xbe\xd1\x82\xd1\x87\xd1\x91\xd1\x82.pdf',
  'UTF-8, umlaut': 'M\xc3\xbcller.pdf',
  'Latin-1': 'M\xfcller.pdf',
  'every byte that a field may hold': Array.from({ length: 128 }, (_, at) => String.fromCharCode(128 + at)).join(''),
};
const LENGTH = 'Content-Length: 2\r\n';
const CACHED = 'Cache-Control: max-age=60\r\n';
const ORDERS = {
  'after the length': (field: string) => `${LENGTH}${field}${CACHED}`,
  'before the length': (field: string) => `${field}${LENGTH}${CACHED}`,
  'in chunks': (field: string) => `Transfer-Encoding: chunked\r\n${field}${CACHED}`,
};

type Later = Parameters<typeof startRawUpstream>[0];

async function ways(later: Later) {
  const upstream = await startRawUpstream(later);
  const url = `http://127.0.0.1:${upstream.port}`;
  const upstreams = { main: testUpstream(url) };
  const plain = await startGateway(testPolicy({ upstreams }), later);
  const caches = { rules: testCache() };
  const cached = await startGateway(
    testPolicy({ upstreams, caches, routes: [testRoute({ cache: testCacheUse() })] }),
    later,
  );
  const stream = await startGateway(testPolicy({ upstreams, routes: [testRoute({ kind: 'sse' })] }), later);
  const provider = { timeoutMs: 2_000, targets: [{ name: 'v1', url: `${url}/v1` }] };
  const out = await startGateway(egressPolicy({ v1: provider }), later);
  return {
    upstream,
    ports: { proxy: plain.port, stream: stream.port, out: Number(new URL(out.egressUrl ?? '').port) },
    cached,
  };
}

describe('downloads', (it) => {
  it(
    'keep the bytes of their names :: through the proxy, as a stream and by the way out, wherever the length stands',
    within(30_000, async (later) => {
      const { upstream, ports } = await ways(later);
      for (const [name, bytes] of Object.entries(NAMES)) {
        for (const [order, head] of Object.entries(ORDERS)) {
          const value = `attachment; filename="${bytes}"`;
          const body = order === 'in chunks' ? '2\r\nok\r\n0\r\n\r\n' : 'ok';
          upstream.set({
            bytes: `HTTP/1.1 200 OK\r\n${head(`Content-Disposition: ${value}\r\nX-Name: ${bytes}\r\n`)}\r\n${body}`,
          });
          for (const [way, port] of Object.entries(ports)) {
            const text = await askRaw(port, {});
            match(text, /^HTTP\/1\.1 200 OK\r\n/, `${way}, ${name}, ${order}`);
            deepEqual(fieldOf(text, 'content-disposition'), [value], `${way}, ${name}, ${order}`);
            deepEqual(fieldOf(text, 'x-name'), [bytes], `${way}, ${name}, ${order}`);
          }
        }
      }
    }),
  );

  it(
    'keep them in a cache',
    within(30_000, async (later) => {
      const { upstream, cached } = await ways(later);
      let path = 0;
      for (const [name, bytes] of Object.entries(NAMES)) {
        path += 1;
        const value = `attachment; filename="${bytes}"`;
        upstream.set({
          bytes: `HTTP/1.1 200 OK\r\n${ORDERS['after the length'](`Content-Disposition: ${value}\r\n`)}\r\nok`,
        });
        const ask = () => askRaw(cached.port, { path: `/v1/items/${path}` });
        deepEqual(fieldOf(await ask(), 'content-disposition'), [value], name);
        const kept = await ask();
        ok(fieldOf(kept, 'cache-status')[0]?.includes('hit'), kept);
        deepEqual(fieldOf(kept, 'content-disposition'), [value], name);
      }
    }),
  );

  it(
    'that are no answer are told with the right reason :: 502 Bad Gateway, not 502 OK',
    within(10_000, async (later) => {
      const { upstream, ports } = await ways(later);
      upstream.set({ bytes: 'HTTP/1.1 099 Fine\r\nContent-Length: 2\r\n\r\nok' });
      for (const port of Object.values(ports))
        equal((await askRaw(port, {})).split('\r\n')[0], 'HTTP/1.1 502 Bad Gateway');
    }),
  );

  it(
    'of a 204 have no content on the way out either, whatever they say',
    within(10_000, async (later) => {
      const { upstream, ports } = await ways(later);
      upstream.set({ bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}' });
      const text = await askRaw(ports.out, {});
      match(text, /^HTTP\/1\.1 204 No Content\r\n/);
      deepEqual(fieldOf(text, 'content-length'), []);
    }),
  );
});
