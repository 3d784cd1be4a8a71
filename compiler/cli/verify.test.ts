/**
 * What `verify` says and how it exits, with a program in place of kubeconform, and with the real one where it is installed.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installKubeconformStub } from '../testing/kubeconform-stub.ts';
import { inProgramFolder, type ProgramResult } from '../testing/run-program.ts';
import { describe } from '../testing/suite.ts';
import { findProgram } from '../verify/tool.ts';

const TREE = 'generated/shop/staging';
const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: api }\n';
const APPLICATION = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: shop }\n';
/** Nothing listens there: the network of the test is as closed as that of a build machine. */
const OFFLINE = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };

/** A schema that everything fits, and one that nothing fits. */
const [ANY, NONE] = ['{}', '{"not": {}}'];

type Files = Readonly<Record<string, string>>;
type Run = (args: string) => ProgramResult;

describe('seaworthy verify', (it) => {
  const real = findProgram('kubeconform');
  const programs = [
    ['a stub of kubeconform', installKubeconformStub],
    ...(real ? [['kubeconform', undefined] as const] : []),
  ] as const;
  for (const [name, install] of programs) {
    const within = (files: Files, body: (run: Run) => void) =>
      inProgramFolder(({ folder, run }) => {
        write(folder, files);
        const env = install === undefined ? OFFLINE : { ...OFFLINE, PATH: install(join(folder, 'bin')) };
        body((args) => {
          const result = run(args, env);
          return { ...result, stderr: result.stderr.replace(/\s+/g, ' ') };
        });
      });
    const tree = { [`${TREE}/kubernetes/api.yaml`]: DEPLOYMENT, [`${TREE}/argocd/shop.yaml`]: APPLICATION };
    const schemas = { 'k8s/deployment-apps-v1.json': ANY, 'crds/argoproj.io/application_v1alpha1.json': ANY };

    it(`takes schemas from folders, each layout of the wild :: ${name}`, () =>
      within({ ...tree, ...schemas }, (run) => {
        const { status, stdout, stderr } = run('verify --schemas k8s --schemas crds');
        assert.deepEqual([status, stderr], [0, '']);
        assert.match(stdout, /passed +kubeconform +shop\/staging\/argocd \(1 file\)\n/);
        assert.match(stdout, /\n2 passed, 0 failed\n$/);
        const template = 'verify --schemas k8s/{{.ResourceKind}}{{.KindSuffix}}.json --schemas crds';
        assert.equal(run(template).status, 0);
      }));

    it(`says which object a schema refuses, and exits 1 :: ${name}`, () =>
      within({ ...tree, ...schemas, 'k8s/deployment-apps-v1.json': NONE }, (run) => {
        const { status, stdout, stderr } = run('verify --schemas k8s --schemas crds');
        assert.equal(status, 1);
        assert.match(stdout, /FAILED +kubeconform +shop\/staging\/kubernetes/);
        assert.match(stdout, /\n1 passed, 1 failed\n$/);
        assert.match(stderr, /generated\/shop\/staging\/kubernetes\/api\.yaml:1:1 error SW-951 kubeconform refuses/);
        assert.match(stderr, /Deployment api: /);
      }));

    it(`tells schemas that cannot be reached from objects that are wrong, and exits 2 :: ${name}`, () =>
      within(tree, (run) => {
        const { status, stdout, stderr } = run('verify');
        assert.equal(status, 2);
        assert.match(stdout, /UNKNOWN kubeconform +shop\/staging\/kubernetes/);
        assert.match(stdout, /\n0 passed, 0 failed, 2 not verified\n$/);
        assert.match(stderr, /error SW-952 kubeconform could not judge shop\/staging\/kubernetes/);
        assert.match(stderr, /cannot be reached/);
        assert.match(stderr, /`--schemas DIR`/);
        assert.doesNotMatch(stderr, /SW-951/);
      }));

    it(`never takes a kind without a schema for a good one, and exits 2 :: ${name}`, () =>
      within({ ...tree, 'k8s/deployment-apps-v1.json': ANY }, (run) => {
        const { status, stdout, stderr } = run('verify --schemas k8s');
        assert.equal(status, 2);
        assert.match(stdout, /\n1 passed, 0 failed, 1 not seen whole\n$/);
        assert.match(stderr, /argocd\/shop\.yaml:1:1 error SW-953/);
        assert.match(stderr, /no schema for Application \(argoproj\.io\/v1alpha1\), 1 object /);
      }));

    it(`could not judge with a template that kubeconform cannot read :: ${name}`, () =>
      within(tree, (run) => {
        const { status, stderr } = run('verify --schemas ./{{.Nope}}.json');
        assert.equal(status, 2);
        assert.match(stderr, /SW-952 .*failed initialising schema location registry/);
      }));

    it(`prints findings for machines as the other commands do :: ${name}`, () =>
      within({ ...tree, ...schemas, 'k8s/deployment-apps-v1.json': NONE }, (run) => {
        const of = (format: string): string => run(`verify --schemas k8s --schemas crds --format ${format}`).stdout;
        const file = `${TREE}/kubernetes/api.yaml`;
        const { summary, diagnostics } = JSON.parse(of('json'));
        assert.deepEqual(summary, { errors: 1, warnings: 0, infos: 0 });
        assert.deepEqual([diagnostics[0].code, diagnostics[0].span.file], ['SW-951', file]);
        assert.equal(JSON.parse(of('sarif')).runs[0].results[0].ruleId, 'SW-951');
        assert.ok(of('github').startsWith(`::error file=${file},line=1,`));
      }));
  }

  it('warns of a tool that is not installed, and exits 2 with --require', () =>
    inProgramFolder(({ folder, run }) => {
      write(folder, { [`${TREE}/kubernetes/api.yaml`]: DEPLOYMENT });
      const env = { PATH: join(folder, 'nothing') };
      const loose = run('verify', env);
      assert.deepEqual([loose.status, loose.stdout], [0, '0 passed, 0 failed, kubeconform not run\n']);
      assert.match(loose.stderr, /warning SW-954 {2}kubeconform is not installed, so 1 check proves nothing here/);
      assert.match(loose.stderr, /Get it: go install github\.com\/yannh\/kubeconform/);
      const strict = run('verify --require', env);
      assert.equal(strict.status, 2);
      assert.match(strict.stderr, /error SW-954/);
    }));

  it('asks for a folder of schemas that is there', () =>
    inProgramFolder(({ folder, run }) => {
      write(folder, { [`${TREE}/kubernetes/api.yaml`]: DEPLOYMENT });
      for (const [given, named] of [
        ['nowhere', 'nowhere'],
        ['nowhere/{{.Group}}.json', 'nowhere/'],
      ]) {
        const { status, stderr } = run(`verify --schemas ${given}`);
        assert.equal(status, 2);
        assert.ok(stderr.startsWith(`seaworthy: \`--schemas\`: there is no \`${named}\`\n`), stderr);
      }
    }));
});

function write(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
