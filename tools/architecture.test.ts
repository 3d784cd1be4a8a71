/**
 * Holds the project to its own architecture, over the imports that the sources really have; then shows that each rule bites.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { describe } from '../compiler/testing/suite.ts';
import { parseModules } from './architecture/graph.ts';
import { findLongFiles, RULES } from './architecture/rules.ts';
import { ROOT } from './root.ts';
import { findSources } from './test-runner/find-files.ts';

describe('the architecture holds', (it) => {
  const paths = findSources(ROOT).filter((path) => !path.includes('.gen.'));
  const modules = parseModules(Object.fromEntries(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')])));
  it('is looked for in real sources', () => {
    const imports = modules.flatMap((module) => module.imports);
    assert.ok(imports.some(({ target }) => target === 'compiler/testing/suite.ts'));
    assert.ok(imports.some(({ specifier }) => specifier === 'node:fs'));
  });
  for (const rule of RULES) it(rule.name, () => assert.equal(rule.find(modules), []));
});

type Sources = Readonly<Record<string, string>>;

/** For each rule, sources that break it in one place, and sources that come close and are fine. */
const CASES: Readonly<Record<string, { readonly bad: readonly Sources[]; readonly good: readonly Sources[] }>> = {
  'schemas/ imports nothing outside itself': {
    bad: [
      { 'schemas/units.ts': "import { readFileSync } from 'node:fs';" },
      { 'schemas/units.ts': "import { Ajv } from 'ajv';" },
      { 'schemas/units.ts': "import type { Model } from '../compiler/resolve/model.ts';" },
    ],
    good: [
      { 'schemas/units.ts': "import type { A } from './names.ts';" },
      { 'schemas/units.test.ts': "import { describe } from '../compiler/testing/suite.ts';" },
      { 'schemas/units.ts': "// import { readFileSync } from 'node:fs';" },
      { 'schemas/units.ts': "const text = `say import { x } from 'node:fs'`;" },
    ],
  },
  'compiler/ and runtime/ meet only in cli/serve.ts and in lazy imports of cli/': {
    bad: [
      { 'compiler/emitters/runtime/emitter.ts': "import { Policy } from '../../../runtime/resilience/policy.ts';" },
      {
        'compiler/emitters/runtime/emitter.ts': "import type { Policy } from '../../../runtime/resilience/policy.ts';",
      },
      { 'compiler/cli/main.ts': "import { serve } from '../../runtime/main.ts';" },
      { 'compiler/verify/try.ts': "const { serve } = await import('../../runtime/main.ts');" },
    ],
    good: [
      { 'compiler/cli/serve.ts': "import { serve } from '../../runtime/main.ts';" },
      { 'compiler/cli/main.ts': "const { serve } = await import('../../runtime/main.ts');" },
      { 'compiler/emitters/runtime/emitter.ts': "import { emit } from '../../emitters/runtime/emit.ts';" },
    ],
  },
  'runtime/ never imports compiler/': {
    bad: [
      { 'runtime/main.ts': "import { compile } from '../compiler/pipeline.ts';" },
      { 'runtime/main.test.ts': "import { compile } from '../compiler/pipeline.ts';" },
      { 'runtime/main.ts': "import {\n  compile,\n  type Options,\n} from '../compiler/pipeline.ts';" },
    ],
    good: [
      { 'runtime/main.test.ts': "import { describe } from '../compiler/testing/suite.ts';" },
      { 'runtime/main.ts': "import { validate } from '../schemas/validators.gen.js';" },
    ],
  },
  'nobody imports cli/': {
    bad: [
      { 'compiler/pipeline.ts': "import { print } from './cli/print.ts';" },
      { 'compiler/index.ts': "export { print } from './cli/print.ts';" },
      { 'bench/main.ts': "import '../compiler/cli/main.ts';" },
    ],
    good: [{ 'compiler/cli/main.ts': "import { print } from './print.ts';" }],
  },
  'the product does not import tools/ or bench/': {
    bad: [
      { 'compiler/cli/main.ts': "import { ROOT } from '../../tools/root.ts';" },
      { 'runtime/main.ts': "import { load } from '../bench/load.ts';" },
    ],
    good: [{ 'bench/main.ts': "import { ROOT } from '../tools/root.ts';" }],
  },
  'only tests, tools and bench import testing/': {
    bad: [
      { 'compiler/verify/find.ts': "import { findTool } from '../testing/real-tools.ts';" },
      { 'runtime/main.ts': "import { fake } from './testing/fake.ts';" },
    ],
    good: [
      { 'compiler/verify/find.test.ts': "import { findTool } from '../testing/real-tools.ts';" },
      { 'compiler/testing/suite.ts': "import { SkipTest } from '../testing/skip-test.ts';" },
      { 'tools/test.ts': "import { findTool } from '../compiler/testing/real-tools.ts';" },
      { 'bench/load.ts': "import { freePort } from '../compiler/testing/ports.ts';" },
    ],
  },
  'a stage imports no later stage': {
    bad: [
      { 'compiler/source/parse.ts': "import type { Model } from '../resolve/model.ts';" },
      { 'compiler/checks/run-checks.ts': "import { emit } from '../emitters/registry.ts';" },
    ],
    good: [
      { 'compiler/resolve/model.ts': "import type { SourceDocument } from '../source/source-document.ts';" },
      { 'compiler/pipeline.ts': "import { parse } from './source/parse.ts';" },
      { 'compiler/source/parse.ts': "import type { Diagnostic } from '../diagnostics/diagnostic.ts';" },
    ],
  },
  'pure stages import nothing that touches the machine': {
    bad: [
      { 'compiler/source/parse.ts': "import { readFileSync } from 'node:fs';" },
      { 'compiler/checks/a/check.ts': "import { readFile } from 'node:fs/promises';" },
      { 'compiler/emitters/nginx/emitter.ts': "import { execa } from 'execa';" },
      { 'compiler/diagnostics/render.ts': "import { env } from 'node:process';" },
      { 'compiler/pipeline.ts': "const http = await import('node:http');" },
    ],
    good: [
      { 'compiler/source/load-files.ts': "import { readFileSync } from 'node:fs';" },
      { 'compiler/writer/write.ts': "import { readFileSync } from 'node:fs';" },
      { 'compiler/checks/a/check.test.ts': "import { readFileSync } from 'node:fs';" },
      { 'compiler/emitters/index-file.ts': "import { createHash } from 'node:crypto';" },
    ],
  },
  'pure stages read no clock, chance, locale or process': {
    bad: [
      { 'compiler/resolve/resolve.ts': 'const now = Date.now();' },
      { 'compiler/resolve/resolve.ts': 'const now = new Date();' },
      { 'compiler/checks/run-checks.ts': 'list.sort((a, b) => a.localeCompare(b));' },
      { 'compiler/diagnostics/render.ts': 'const width = process.stdout.columns;' },
    ],
    good: [
      { 'compiler/resolve/resolve.ts': 'const end = new Date(expiry);' },
      { 'compiler/resolve/resolve.ts': '// never Date.now() here\nconst postprocess = 1;' },
      { 'compiler/cli/main.ts': 'const now = Date.now();' },
    ],
  },
  'runtime/resilience/ imports neither Koa, nor Node, nor another room': {
    bad: [
      { 'runtime/resilience/limit.ts': "import type { Context } from 'koa';" },
      { 'runtime/resilience/limit.ts': "import { createHash } from 'node:crypto';" },
      { 'runtime/resilience/limit.ts': "import { limit } from '../http/limit.ts';" },
    ],
    good: [
      { 'runtime/http/limit.ts': "import type { Context } from 'koa';" },
      { 'runtime/resilience/limit.test.ts': "import assert from 'node:assert/strict';" },
    ],
  },
  'a room of runtime/ imports no room of a higher floor': {
    bad: [
      { 'runtime/http/exchange.ts': "import type { Log } from '../telemetry/log.ts';" },
      { 'runtime/storage/redis/open-redis.ts': "import { caches } from '../../features/cache/caches.ts';" },
      { 'runtime/process/start.ts': "import { policies } from '../library.ts';" },
      { 'runtime/process/start.ts': "import { help } from '../somewhere/help.ts';" },
    ],
    good: [
      { 'runtime/telemetry/log.ts': "import type { Exchange } from '../http/exchange.ts';" },
      { 'runtime/features/identity/keys.ts': "import { guard } from '../rate-limit/guard.ts';" },
      { 'runtime/http/exchange.test.ts': "import { createLog } from '../telemetry/log.ts';" },
    ],
  },
  'only features.ts and who assembles a library know the folder of a feature': {
    bad: [
      { 'runtime/process/resources.ts': "import { createCaches } from '../features/cache/caches.ts';" },
      { 'runtime/admin/status/view.ts': "import type { Caches } from '../../features/cache/caches.ts';" },
      { 'runtime/features/queues/queues.ts': "import { createCaches } from '../cache/caches.ts';" },
    ],
    good: [
      { 'runtime/features.ts': "import { cache } from './features/cache/feature.ts';" },
      { 'runtime/library.ts': "import { openCache } from './features/cache/open-feature.ts';" },
      { 'runtime/features/cache/responses/look.ts': "import { createCaches } from '../caches.ts';" },
      { 'runtime/process/resources.ts': "import { openIdentity } from '../features/identity/open-identity.ts';" },
    ],
  },
  "a feature's code is loaded by its feature.ts and by no static import": {
    bad: [{ 'runtime/features/cache/feature.ts': "import { openCache } from './open-feature.ts';" }],
    good: [
      { 'runtime/features/cache/feature.ts': "const { openCache } = await import('./open-feature.ts');" },
      { 'runtime/features/cache/feature.ts': "import type { CacheApi } from './open-feature.ts';" },
    ],
  },
  'there are no circular imports, of types neither': {
    bad: [
      {
        'runtime/http/a.ts': "import type { B } from './b.ts';",
        'runtime/http/b.ts': "import { c } from './c.ts';",
        'runtime/http/c.ts': "import { a } from './a.ts';",
      },
    ],
    good: [
      {
        'runtime/http/a.ts': "import { b } from './b.ts';\nimport { c } from './c.ts';",
        'runtime/http/b.ts': "import { c } from './c.ts';",
        'runtime/http/c.ts': '',
      },
    ],
  },
  'the product and its tools run outside programs through execa': {
    bad: [
      { 'compiler/verify/tool.ts': "import { spawnSync } from 'node:child_process';" },
      { 'tools/build.ts': "const { spawn } = await import('child_process');" },
    ],
    good: [
      { 'compiler/verify/tool.ts': "const { execa } = await import('execa');" },
      { 'compiler/cli/main.test.ts': "import { spawn } from 'node:child_process';" },
      { 'tools/test-runner/run-process.ts': "import { spawn } from 'node:child_process';" },
    ],
  },
  'what is loaded lazily is a module of ours or an ES module': {
    bad: [{ 'runtime/telemetry/open-sdk.ts': "const sdk = await import('@opentelemetry/sdk-node');" }],
    good: [
      { 'compiler/verify/tool.ts': "const { execa } = await import('execa');" },
      { 'runtime/telemetry/open-sdk.ts': "import { NodeSDK } from '@opentelemetry/sdk-node';" },
      { 'runtime/telemetry/start-sdk.ts': "const { openSdk } = await import('./open-sdk.ts');" },
    ],
  },
  'in runtime/ only main.ts reads the environment': {
    bad: [
      { 'runtime/gateway/create-app.ts': "const url = process.env['DATABASE_URL'];" },
      { 'runtime/gateway/create-app.ts': "import { env } from 'node:process';" },
    ],
    good: [
      { 'runtime/main.ts': "const url = process.env['DATABASE_URL'];" },
      { 'runtime/gateway/create-app.ts': 'const pid = process.pid;' },
    ],
  },
  'exports have names': {
    bad: [{ 'tools/x.ts': 'export default function x() {}' }, { 'tools/x.ts': 'export { x as default };' }],
    good: [{ 'tools/x.ts': "export { default as y } from 'y';" }, { 'tools/x.ts': "const s = 'export default';" }],
  },
  'a check imports no other check': {
    bad: [
      {
        'compiler/checks/data/a/check.ts': "import { limit } from '../b/limit.ts';",
        'compiler/checks/data/b/check.ts': '',
      },
    ],
    good: [
      {
        'compiler/checks/registry.ts': "import { a } from './data/a/check.ts';",
        'compiler/checks/data/a/check.ts':
          "import { defineCheck } from '../../check.ts';\nimport { sum } from '../sum.ts';\nimport { b } from './b.ts';",
        'compiler/checks/data/b/check.ts': '',
      },
    ],
  },
  'an emitter imports no other emitter': {
    bad: [
      {
        'compiler/emitters/grafana/emitter.ts': "import { rules } from '../prometheus/rules.ts';",
        'compiler/emitters/prometheus/emitter.ts': '',
      },
    ],
    good: [
      {
        'compiler/emitters/grafana/emitter.ts': "import { yaml } from '../printers/yaml.ts';",
        'compiler/emitters/prometheus/emitter.ts': '',
      },
    ],
  },
  'a file has at most 250 lines, or a reason': {
    bad: [{ 'compiler/pipeline.ts': 'x;\n'.repeat(251) }],
    good: [{ 'compiler/pipeline.ts': 'x;\n'.repeat(250) }, { 'compiler/pipeline.test.ts': 'x;\n'.repeat(251) }],
  },
};

describe('each rule of the architecture', (it) => {
  it('has cases, and each case has a rule', () => {
    assert.equal(Object.keys(CASES).sort(), RULES.map(({ name }) => name).sort());
  });
  for (const rule of RULES) {
    const { bad, good } = CASES[rule.name] ?? { bad: [], good: [] };
    it(`${rule.name} :: finds what breaks it`, () => {
      for (const sources of bad) assert.is(rule.find(parseModules(sources)).length, 1, JSON.stringify(sources));
    });
    it(`${rule.name} :: lets what comes close pass`, () => {
      for (const sources of good) assert.equal(rule.find(parseModules(sources)), [], JSON.stringify(sources));
    });
  }
  it('a long file passes with a reason, and a reason without a long file does not', () => {
    const long = parseModules({ 'compiler/a.ts': 'x;\n'.repeat(251) });
    assert.equal(findLongFiles(long, { 'compiler/a.ts': 'a table' }), []);
    assert.equal(findLongFiles([], { 'compiler/a.ts': 'a table' }).length, 1);
  });
});
