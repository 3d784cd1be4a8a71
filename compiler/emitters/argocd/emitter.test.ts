import assert from 'node:assert/strict';
import { parse } from 'yaml';
import type { Model } from '../../resolve/model/index.ts';
import { goodModel } from '../../testing/cluster/model.ts';
import { describe } from '../../testing/suite.ts';
import { emitter } from './emitter.ts';

const base = goodModel();
const objectAt = (model: Model, path: string) => {
  const artifact = emitter.emit(model).find((one) => one.path === path);
  return artifact === undefined ? undefined : parse(artifact.text);
};
const application = (model = base) => objectAt(model, 'argocd/application.yaml');
const project = (model = base) => objectAt(model, 'argocd/project.yaml');

/** Every option that Argo CD knows (its manual, "Sync Options"); it ignores others without a word. */
const KNOWN_OPTIONS = new Set([
  'ApplyOutOfSyncOnly',
  'CreateNamespace',
  'FailOnSharedResource',
  'PruneLast',
  'PrunePropagationPolicy',
  'Replace',
  'RespectIgnoreDifferences',
  'ServerSideApply',
  'SkipDryRunOnMissingResource',
  'Validate',
]);

describe('argocd :: application', (it) => {
  it('follows the folder of the system in its environment', () => {
    assert.equal(application().spec.source.path, 'generated/shop/production/kubernetes');
    assert.equal(application().spec.source.targetRevision, 'refs/heads/main');
  });

  it('follows the folder at the root of the repository too', () => {
    const { repository } = base.system;
    assert.ok(repository !== undefined);
    const atRoot = goodModel({ system: { ...base.system, repository: { ...repository, path: './' } } });
    assert.equal(application(atRoot).spec.source.path, 'shop/production/kubernetes');
  });

  it('heals and prunes, but never to nothing', () => {
    assert.deepEqual(application().spec.syncPolicy.automated, { prune: true, selfHeal: true, allowEmpty: false });
  });

  it('uses only options that exist', () => {
    for (const option of application().spec.syncPolicy.syncOptions) {
      const [name, value] = String(option).split('=');
      assert.ok(KNOWN_OPTIONS.has(name ?? '') && value !== undefined, option);
    }
  });

  it('can be deleted without deleting what runs', () => {
    assert.equal(application().metadata.finalizers, undefined);
  });

  it('fits its project', () => {
    const { spec } = application();
    assert.equal(spec.project, project().metadata.name);
    assert.deepEqual(project().spec.sourceRepos, [spec.source.repoURL]);
    assert.deepEqual(project().spec.destinations, [spec.destination]);
  });

  it('is not made without a repository to follow', () => {
    assert.deepEqual(emitter.emit(goodModel({ system: { ...base.system, repository: undefined } })), []);
  });
});

describe('argocd :: project', (it) => {
  it('allows its own namespace and no other', () => {
    assert.deepEqual(project().spec.clusterResourceWhitelist, [
      { group: '', kind: 'Namespace', name: 'shop-production' },
    ]);
  });

  it('allows the kinds that may exist, the same for every model, and no Secret or role among them', () => {
    const kinds = project().spec.namespaceResourceWhitelist.map(({ kind }: { kind: string }) => kind);
    assert.ok(kinds.includes('Deployment'));
    assert.ok(!kinds.some((kind: string) => /^Secret$|Role/.test(kind)));
    const quiet = goodModel({ services: [], datastores: [] });
    assert.deepEqual(project(quiet).spec.namespaceResourceWhitelist, project().spec.namespaceResourceWhitelist);
  });

  it('allows nothing by wildcard', () => {
    for (const { text } of emitter.emit(base)) assert.doesNotMatch(text.replace('"*.yaml"', ''), /\*/);
  });
});
