import { deepEqual, equal, match } from 'node:assert/strict';
import { describe } from '../compiler/testing/suite.ts';
import { startEchoUpstream, withEchoUpstream } from './echo-upstream.ts';
import { testPolicy, testRoute } from './testing/policy.ts';
import { startGateway, within } from './testing/servers.ts';

describe('echo upstream', (it) => {
  it(
    'stands in for every upstream, and shows what a service would get',
    within(8_000, async (later) => {
      const echo = await startEchoUpstream();
      later(() => echo.close());
      const routes = [testRoute(), testRoute({ id: 'events', path: '/events', kind: 'sse' })];
      const gateway = await startGateway(withEchoUpstream(testPolicy({ routes }), echo.url), later);
      const response = await fetch(`${gateway.url}/v1/items?a=1`, { method: 'POST', body: 'four' });
      const { method, url, bodyBytes } = (await response.json()) as Record<string, unknown>;
      deepEqual([method, url, bodyBytes], ['POST', '/v1/items?a=1', 4]);
      const events = await fetch(`${gateway.url}/events`, { headers: { accept: 'text/event-stream' } });
      equal(events.headers.get('content-type'), 'text/event-stream');
      match(await events.text(), /"tick":3/);
    }),
  );
});
