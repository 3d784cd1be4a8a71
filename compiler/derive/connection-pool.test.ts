import assert from 'node:assert/strict';
import { modelOf } from '../testing/model-of.ts';
import { describe } from '../testing/suite.ts';
import { buildRuntimePolicy } from './runtime-policy/build-policy.ts';

const spec = (api: string, gateway = '') => `
apiVersion: seaworthy.dev/v1alpha1
kind: System
metadata: { name: shop, owner: platform }
spec: { title: Web shop, targets: { wanted: [runtime] } }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Environment
metadata: { name: production, system: shop }
spec: { stage: production, publicPorts: [443] }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: gateway, system: shop }
spec:
  role: gateway
  port: 8080
${gateway}
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: api, system: shop }
spec:
  port: 3000
${api}
`;
const ROUTE = '  routes: [{ path: /a, auth: none }]';

function upstreamOf(api: string) {
  const upstream = buildRuntimePolicy(modelOf(spec(api))).upstreams['api'];
  assert.ok(upstream !== undefined);
  return upstream;
}

describe('connections to a service', (it) => {
  it('are idle for a second less than the service keeps them :: and for half of a short time', () => {
    for (const [written, expected] of [
      ['', 1_000],
      ['  keepAliveTimeout: 5s', 4_000],
      ['  keepAliveTimeout: 2s', 1_000],
      ['  keepAliveTimeout: 1s', 500],
      ['  keepAliveTimeout: 75s', 74_000],
    ] as const) {
      assert.equal(upstreamOf(`${ROUTE}\n${written}`).keepAliveMs, expected, written);
    }
    for (let ms = 1_000; ms < 20_000; ms += 37) {
      const idle = upstreamOf(`${ROUTE}\n  keepAliveTimeout: ${ms}ms`).keepAliveMs;
      assert.ok(idle > 0 && ms - idle >= 500, `${ms} - ${idle}`);
    }
  });

  it('are enough for all declared streams beside all other requests :: a socket has its own', () => {
    const routes = (...lines: string[]) => `  routes:\n${lines.map((line) => `    - { ${line} }`).join('\n')}`;
    const sse = 'path: /s, auth: none, kind: sse';
    for (const [written, expected] of [
      [routes('path: /a, auth: none'), 128],
      [routes(`${sse}, maxConcurrent: 200`), 328],
      [routes(`${sse}, maxConcurrent: 200`, 'path: /a, auth: none, maxConcurrent: 300'), 628],
      [routes(sse), 256],
      [routes('path: /w, auth: none, kind: websocket, maxConcurrent: 500'), 128],
    ] as const) {
      assert.equal(upstreamOf(written).maxConnections, expected, written);
    }
  });

  it('of a stream that declares no bound have the default one, which the runtime keeps', () => {
    const policy = buildRuntimePolicy(modelOf(spec('  routes: [{ path: /s, auth: none, kind: sse }]')));
    assert.equal(policy.routes.find(({ kind }) => kind === 'sse')?.maxConcurrent, 128);
  });

  it('carry the Host of the client and the credentials of callers only where the spec says so', () => {
    assert.equal(upstreamOf(ROUTE).host, undefined);
    assert.equal(upstreamOf(`${ROUTE}\n  host: keep`).host, 'keep');
    const credentials = (route: string) =>
      buildRuntimePolicy(modelOf(spec(`  routes: [{ path: /a, auth: none${route} }]`))).routes.map(
        (one) => one.credentials,
      );
    assert.deepEqual([credentials(''), credentials(', credentials: hide')], [[undefined], [undefined]]);
    assert.deepEqual(credentials(', credentials: forward'), ['forward']);
  });

  it('of callers are kept as long as the gateway says :: 620 s behind a balancer of Google', () => {
    const listen = (gateway: string) => buildRuntimePolicy(modelOf(spec(ROUTE, gateway))).listen.keepAliveMs;
    assert.deepEqual([listen(''), listen('  keepAliveTimeout: 620s')], [65_000, 620_000]);
  });
});
