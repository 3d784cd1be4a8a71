/**
 * What lies in the difference between two commits: an object that goes must still be allowed to be pruned, and a number that an
 * autoscaler takes over must not vanish.
 */
import assert from 'node:assert/strict';
import type { Model } from '../../resolve/model/index.ts';
import { at, clusterModel, emitted } from '../../testing/cluster-spec.ts';
import { describe } from '../../testing/suite.ts';

const before = clusterModel({
  api: 'scale: { min: 3, max: 6 }\njobs: [{ name: nightly, schedule: "0 3 * * *", command: [report] }]',
});
const after = clusterModel({ api: 'scale: { min: 3 }' });
const WITHOUT_ARGOCD = 'targets: { wanted: [kubernetes, prometheus, runtime] }';

const replicas = (model: Model): unknown =>
  at(emitted(model).get('kubernetes/api/deployment-api.yaml'), '/spec/replicas');
const application = (model: Model): unknown => emitted(model).get('argocd/application.yaml');

describe('argocd/transitions', (it) => {
  it('keeps every kind permitted when the last object of it goes, and before the first one comes', () => {
    assert.ok(emitted(before).has('kubernetes/api/cronjob-api-nightly.yaml'));
    assert.ok(!emitted(after).has('kubernetes/api/cronjob-api-nightly.yaml'));
    assert.deepEqual(emitted(before).get('argocd/project.yaml'), emitted(after).get('argocd/project.yaml'));
  });

  it('keeps the number of replicas when the autoscaler takes over, and tells Argo CD to leave it alone', () => {
    assert.equal(replicas(after), 3);
    assert.equal(replicas(before), 3);
    assert.equal(at(application(after), '/spec/ignoreDifferences'), undefined);
    assert.deepEqual(at(application(before), '/spec/ignoreDifferences'), [
      { group: 'apps', kind: 'Deployment', name: 'api', jsonPointers: ['/spec/replicas'] },
    ]);
    for (const model of [before, after]) {
      const options = at(application(model), '/spec/syncPolicy/syncOptions');
      assert.ok(Array.isArray(options) && options.includes('RespectIgnoreDifferences=true'));
    }
  });

  it('leaves the number out where nobody would leave it alone', () => {
    assert.equal(replicas(clusterModel({ system: WITHOUT_ARGOCD, api: 'scale: { min: 3, max: 6 }' })), undefined);
    assert.equal(replicas(clusterModel({ system: WITHOUT_ARGOCD, api: 'scale: { min: 3 }' })), 3);
  });
});
