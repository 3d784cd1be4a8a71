import assert from 'node:assert/strict';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { limitsAndPoolsRow } from './limits-and-pools-row.ts';

const SYSTEM = `
apiVersion: seaworthy.dev/v1alpha1
kind: System
metadata: { name: harbour, owner: platform }
spec: { title: Harbour, targets: { wanted: [runtime, systemd] } }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Environment
metadata: { name: production, system: harbour }
spec: { stage: production }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: gateway, system: harbour }
spec: { role: gateway, port: 8080, process: { manager: systemd } }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: api, system: harbour }
spec: { port: 3000, process: { manager: systemd }, routes: [{ path: /v1 }] }
`;

const titles = (yaml: string) => limitsAndPoolsRow(modelOf(yaml)).panels.map(({ json }) => json['title']);

describe('bounds row', (it) => {
  it('is empty where nothing is kept in bounds', () => assert.deepEqual(titles(SYSTEM), []));

  it('shows breakers by name :: of a service as of a provider', () => {
    const [panel] = limitsAndPoolsRow(
      modelOf(SYSTEM.replace('port: 3000,', 'port: 3000, breaker: { failures: 5 },')),
    ).panels;
    assert.equal(panel?.json['title'], 'Circuit breakers');
    const text = JSON.stringify(panel?.json);
    assert.match(text, /max by \(kind, name\) \(breaker_state\{job=\\"gateway\\"\}\)/);
    assert.match(
      text,
      /"0":\{"index":0,"text":"closed"\},"1":\{"index":1,"text":"half open"\},"2":\{"index":2,"text":"open"\}/,
    );
  });

  it('shows caches and queues that the gateway has', () => {
    const runtime =
      'process: { manager: systemd }, uses: [{ use: bus }], runtime: { caches: [{ name: a, ttl: 1m }] } }';
    const bus = `---
apiVersion: seaworthy.dev/v1alpha1
kind: Datastore
metadata: { name: bus, system: harbour }
spec: { engine: redis, placement: external, streams: [{ name: work, group: hands }] }
`;
    const yaml = `${SYSTEM.replace('process: { manager: systemd } }', runtime)}${bus}`;
    assert.deepEqual(titles(yaml), ['Answered from caches', 'Work in queues', 'Oldest work in hand']);
  });
});
