import { equal, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { startGateway, startUpstream, within } from '../testing/servers.ts';

describe('forward', (it) => {
  it(
    'keeps every byte of a body that leaves with its head :: and the next answer on that connection',
    within(8_000, async (later) => {
      const all = Buffer.from(Array.from({ length: 256 }, (_byte, index) => index));
      const upstream = await startUpstream((req, res) => {
        res.setHeader('content-length', req.url === '/v1/items/none' ? 0 : all.length);
        if (req.url === '/v1/items/halves') {
          res.write(all.subarray(0, 100));
          setTimeout(() => res.end(all.subarray(100)), 30);
        } else res.end(req.url === '/v1/items/none' ? undefined : all);
      }, later);
      const gateway = await startGateway(
        testPolicy({ routes: [testRoute()], upstreams: { main: testUpstream(upstream) } }),
        later,
      );
      for (const path of ['', '/halves', '/none', '']) {
        const response = await fetch(`${gateway.url}/v1/items${path}`);
        const body = Buffer.from(await response.arrayBuffer());
        ok(body.equals(path === '/none' ? Buffer.alloc(0) : all), path);
      }
      const head = await fetch(`${gateway.url}/v1/items`, { method: 'HEAD' });
      equal(head.headers.get('content-length'), '256');
    }),
  );
});
