import { deepEqual, equal, match } from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { describe } from '../../compiler/testing/suite.ts';
import { within } from '../testing/servers.ts';
import { startEchoUpstream } from './echo-upstream.ts';

describe('echo upstream', (it) => {
  it(
    'says who it stands in for, and shows what a service would get',
    within(8_000, async (later) => {
      const echo = await startEchoUpstream('orders');
      later(() => echo.close());
      const response = await fetch(`${echo.url}/v1/items?a=1`, { method: 'POST', body: 'four' });
      const { service, method, url, bodyBytes } = (await response.json()) as Record<string, unknown>;
      deepEqual([service, method, url, bodyBytes], ['orders', 'POST', '/v1/items?a=1', 4]);
      const events = await fetch(`${echo.url}/events`, { headers: { accept: 'text/event-stream' } });
      equal(events.headers.get('content-type'), 'text/event-stream');
      match(await events.text(), /"tick":3/);
    }),
  );

  it(
    'sends the messages of a WebSocket back :: of each length of frame, and closes when it is asked to',
    within(8_000, async (later) => {
      const echo = await startEchoUpstream('chat');
      later(() => echo.close());
      const socket = new WebSocket(echo.url.replace('http', 'ws'), ['v1.chat']);
      await once(socket, 'open');
      equal(socket.protocol, 'v1.chat');
      for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
        const text = 'a'.repeat(length);
        socket.send(text);
        const [data] = await once(socket, 'message');
        equal(String(data), text);
      }
      socket.ping('are you there');
      const [pong] = await once(socket, 'pong');
      equal(String(pong), 'are you there');
      socket.close(1000, 'enough');
      const [code] = await once(socket, 'close');
      equal(code, 1000);
    }),
  );
});
