/** The stores of Sentinel as they are compiled: a workload each, with volume and health check, and no way in from outside. */
import assert from 'node:assert/strict';
import { compiledSystem, findingsOf } from '../../../testing/compiled-system.ts';
import { describe } from '../../../testing/suite.ts';

const ENVIRONMENTS = ['production', 'staging'] as const;

function assertStore(name: string, health: (probe: Record<string, unknown>) => void): void {
  for (const environment of ENVIRONMENTS) {
    const tree = compiledSystem('sentinel', environment);
    const at = (file: string) => tree.data(`kubernetes/store-${name}/${file}-${name}.yaml`);
    const { spec } = at('statefulset');
    const [server] = spec.template.spec.containers;
    assert.deepEqual(
      server.volumeMounts.filter((mount: { name: string }) => mount.name === spec.volumeClaimTemplates[0].metadata.name)
        .length,
      1,
    );
    assert.equal(spec.volumeClaimTemplates[0].spec.resources.requests.storage, '20Gi');
    assert.equal(spec.persistentVolumeClaimRetentionPolicy.whenDeleted, 'Retain');
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) health(server[probe]);
    assert.equal(at('service').spec.type, 'ClusterIP');
    assert.ok(server.ports.every((port: object) => !('hostPort' in port)));
    const peers = at('networkpolicy').spec.ingress.flatMap((rule: { from: object[] }) => rule.from);
    assert.ok(peers.length > 0 && peers.every((peer: object) => 'podSelector' in peer && !('ipBlock' in peer)));
  }
}

describe('sentinel :: stores', (it) => {
  it('[SEN-005] runs PostgreSQL with a volume and pg_isready, and publishes no port of a host', () => {
    assertStore('postgresql', (probe) =>
      assert.equal((probe['exec'] as { command: string[] } | undefined)?.command[0], 'pg_isready'),
    );
  });

  it('[SEN-006] runs Qdrant with a volume and its health paths, and publishes no port of a host', () => {
    assertStore('qdrant', (probe) =>
      assert.match(String((probe['httpGet'] as { path: string } | undefined)?.path), /^\/(livez|readyz)$/),
    );
  });

  it('finds a store without resources', () => {
    const found = findingsOf('sentinel', {
      file: 'datastores/postgresql.yaml',
      from: '  resources: { cpu: 500m, memory: 1Gi }\n',
      to: '',
    });
    assert.ok(found.some(({ code }) => code === 'SW-463'));
  });
});
