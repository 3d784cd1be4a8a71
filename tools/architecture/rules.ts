/**
 * Which way imports may go, and the other habits that a machine can hold us to.
 *
 * Owns the rules; each names what breaks it. `ARCHITECTURE.md` says why they are what they are.
 */
import { posix } from 'node:path';
import { findCircles } from './circles.ts';
import type { ModuleImport, SourceModule } from './graph.ts';

export interface Rule {
  readonly name: string;
  /** One sentence for each place that breaks the rule. */
  find(modules: readonly SourceModule[]): readonly string[];
}

/** Files that may be longer than `MAX_LINES`, each with its reason. An entry that is no longer needed is reported too. */
export const LONG_FILES: Readonly<Record<string, string>> = {};

const MAX_LINES = 250;

/** The rooms of runtime/, the lowest floor first. A room imports from its own floor and from those below. */
const FLOORS: readonly (readonly string[])[] = [
  ['resilience', 'environment', 'version.ts'],
  ['http'],
  ['telemetry'],
  ['storage', 'proxy'],
  ['features', 'feature.ts'],
  ['gateway', 'features.ts'],
  // The start opens the operators' port, which shows what the start put together.
  ['admin', 'process'],
  ['trial', 'main.ts', 'index.ts', 'library.ts', 'create-providers.ts'],
];

/** They choose their features when they are written, since they are made at once; `features.ts` is the list itself. */
const LIBRARY = ['runtime/features.ts', 'runtime/library.ts', 'runtime/index.ts', 'runtime/create-providers.ts'];
const ES_MODULES = ['@electric-sql/pglite', 'execa'];

const STAGES = ['source', 'validate', 'resolve', 'checks', 'emitters', 'writer'];
const PURE = ['source', 'validate', 'resolve', 'derive', 'checks', 'emitters', 'printers', 'diagnostics'];
const IMPURE_MODULES =
  /^(?:node:)?(?:fs|child_process|process|http|https|http2|net|tls|dgram|dns|os|cluster|worker_threads|timers|perf_hooks)(?:\/|$)/;
const IMPURE_CALLS =
  /\bprocess\.(?:argv|chdir|cwd|env|exit|hrtime|kill|memoryUsage|nextTick|on|pid|platform|stderr|stdin|stdout|version)\b|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\brandomUUID\b|\blocaleCompare\b|\btoLocale\w+\(|\bIntl\.\w+/;

export const RULES: readonly Rule[] = [
  forbidImports('schemas/ imports nothing outside itself', {
    from: (module) => isBelow('schemas', module) && !isTest(module),
    to: ({ target }) => target === undefined || !target.startsWith('schemas/'),
  }),
  forbidImports('compiler/ and runtime/ meet only in cli/serve.ts and in lazy imports of cli/', {
    from: (module) => isBelow('compiler', module),
    to: ({ target, kind }, from) => isUnder('runtime', target) && !mayLoadRuntime(from, kind),
  }),
  forbidImports('runtime/ never imports compiler/', {
    from: (module) => isBelow('runtime', module),
    to: ({ target }, from) => isUnder('compiler', target) && !(isTest(from) && isUnder('compiler/testing', target)),
  }),
  forbidImports('nobody imports cli/', {
    from: (module) => !isBelow('compiler/cli', module),
    to: ({ target }) => isUnder('compiler/cli', target),
  }),
  forbidImports('the product does not import tools/ or bench/', {
    from: (module) => !isBelow('tools', module) && !isBelow('bench', module),
    to: ({ target }) => isUnder('tools', target) || isUnder('bench', target),
  }),
  forbidImports('only tests, tools and bench import testing/', {
    from: (module) =>
      !isTest(module) && !isBelow('tools', module) && !isBelow('bench', module) && !module.path.includes('/testing/'),
    to: ({ target }) => target?.includes('/testing/') === true,
  }),
  forbidImports('a stage imports no later stage', {
    from: (module) => stageOf(module.path) >= 0 && !isTest(module),
    to: ({ target }, from) => stageOf(target) > stageOf(from.path),
  }),
  forbidImports('pure stages import nothing that touches the machine', {
    from: isPure,
    to: ({ specifier }) => IMPURE_MODULES.test(specifier) || specifier === 'execa',
  }),
  forbidText('pure stages read no clock, chance, locale or process', isPure, IMPURE_CALLS),
  forbidImports('runtime/resilience/ imports neither Koa, nor Node, nor another room', {
    from: (module) => isBelow('runtime/resilience', module) && !isTest(module),
    to: ({ specifier, target }) =>
      /^(?:node:|koa\b)/.test(specifier) || (isUnder('runtime', target) && !isUnder('runtime/resilience', target)),
  }),
  forbidImports('a room of runtime/ imports no room of a higher floor', {
    from: (module) => isBelow('runtime', module) && !isTest(module),
    to: ({ target }, from) => isUnder('runtime', target) && floorOf(target) > floorOf(from.path),
  }),
  forbidImports('only features.ts and who assembles a library know the folder of a feature', {
    from: (module) => isBelow('runtime', module) && !isTest(module) && !LIBRARY.includes(module.path),
    to: ({ target }, from) =>
      isUnder('runtime/features', target) && !isOfEveryRuntime(target) && featureOf(target) !== featureOf(from.path),
  }),
  forbidImports("a feature's code is loaded by its feature.ts and by no static import", {
    from: (module) => isBelow('runtime', module) && !isTest(module) && !LIBRARY.includes(module.path),
    to: ({ target, kind }) => kind === 'value' && /^runtime\/features\/[^/]+\/open-feature\.ts$/.test(target ?? ''),
  }),
  {
    name: 'there are no circular imports, of types neither',
    find: (modules) => findCircles(modules).map((circle) => circle.join(' and ')),
  },
  forbidImports('the product and its tools run outside programs through execa', {
    // The test runner kills whole groups of processes; the bench times processes.
    from: (module) =>
      !isTest(module) && !isBelow('bench', module) && module.path !== 'tools/test-runner/run-process.ts',
    to: ({ specifier }) => /^(?:node:)?child_process$/.test(specifier),
  }),
  forbidImports('what is loaded lazily is a module of ours or an ES module', {
    // A bundle loses the names of a CommonJS package that is loaded lazily: a module of ours names them for it.
    from: (module) => (isBelow('runtime', module) || isBelow('compiler', module)) && !isTest(module),
    to: ({ target, kind, specifier }) =>
      kind === 'dynamic' && target === undefined && !ES_MODULES.includes(specifier) && !specifier.startsWith('node:'),
  }),
  forbidText(
    'in runtime/ only main.ts reads the environment',
    (module) => isBelow('runtime', module) && module.path !== 'runtime/main.ts' && !isTest(module),
    /\bprocess\.env\b|\benv\b.*from 'node:process'/,
  ),
  forbidText('exports have names', () => true, /^export default\b|^export \{[^}]*\bas default\b/m),
  forbidSiblings('a check imports no other check', 'compiler/checks', 'check.ts'),
  forbidSiblings('an emitter imports no other emitter', 'compiler/emitters', 'emitter.ts'),
  {
    name: `a file has at most ${MAX_LINES} lines, or a reason`,
    find: (modules) => findLongFiles(modules, LONG_FILES),
  },
];

/** Files that are too long without a reason, and reasons that no file needs. */
export function findLongFiles(modules: readonly SourceModule[], excused: typeof LONG_FILES): readonly string[] {
  const long = modules.filter((module) => module.lines > MAX_LINES && !isTest(module)).map(({ path }) => path);
  const unexcused = long.filter((path) => excused[path] === undefined).map((path) => `${path} is too long`);
  const unneeded = Object.keys(excused).filter((path) => !long.includes(path));
  return [...unexcused, ...unneeded.map((path) => `${path} needs no excuse any more`)];
}

interface ForbiddenImport {
  from(module: SourceModule): boolean;
  to(imported: ModuleImport, from: SourceModule): boolean;
}

function forbidImports(name: string, { from, to }: ForbiddenImport): Rule {
  return {
    name,
    find: (modules) =>
      modules
        .filter(from)
        .flatMap((module) =>
          module.imports
            .filter((imported) => to(imported, module))
            .map(({ specifier }) => `${module.path} imports ${specifier}`),
        ),
  };
}

function forbidText(name: string, from: (module: SourceModule) => boolean, pattern: RegExp): Rule {
  return {
    name,
    find: (modules) =>
      modules.filter(from).flatMap((module) => {
        const found = pattern.exec(module.code)?.[0];
        return found === undefined ? [] : [`${module.path} has ${found}`];
      }),
  };
}

/** Units are the folders that hold the marker file; what lies beside them is shared. */
function forbidSiblings(name: string, root: string, marker: string): Rule {
  return {
    name,
    find: (modules) => {
      const units = modules.filter(
        ({ path }) => isUnder(root, path) && posix.basename(path) === marker && posix.dirname(path) !== root,
      );
      const folders = units.map(({ path }) => posix.dirname(path));
      const unitOf = (path: string | undefined) => folders.find((folder) => isUnder(folder, path));
      const crosses = ({ target }: ModuleImport, from: SourceModule): boolean => {
        const unit = unitOf(target);
        return unit !== undefined && unit !== unitOf(from.path);
      };
      return forbidImports(name, { from: ({ path }) => unitOf(path) !== undefined, to: crosses }).find(modules);
    },
  };
}

function isPure(module: SourceModule): boolean {
  if (isTest(module)) return false;
  // Loading files is source's edge; everything after it works on text.
  if (/^compiler\/source\/(?:load-|source-host)/.test(module.path)) return false;
  return module.path === 'compiler/pipeline.ts' || PURE.some((stage) => isBelow(`compiler/${stage}`, module));
}

function mayLoadRuntime({ path }: SourceModule, kind: ModuleImport['kind']): boolean {
  return path === 'compiler/cli/serve.ts' || (isUnder('compiler/cli', path) && kind !== 'value');
}

/** The position of a file's stage in the flow; -1 for what is no stage. */
function stageOf(path: string | undefined): number {
  return STAGES.findIndex((stage) => isUnder(`compiler/${stage}`, path));
}

/** The floor of a file in runtime/; one that is in no room of the list stands above all. */
function floorOf(path: string | undefined): number {
  const room = path?.split('/')[1] ?? '';
  const floor = FLOORS.findIndex((rooms) => rooms.includes(room));
  return floor === -1 ? FLOORS.length : floor;
}

/** The feature of a file in runtime/features/; undefined for any other. */
const featureOf = (path: string | undefined): string | undefined =>
  isUnder('runtime/features', path) ? path?.split('/')[2] : undefined;

/** Whoever calls has an identity, also where the policy asks for none; and all who keep something share its database. */
const isOfEveryRuntime = (path: string | undefined): boolean => featureOf(path) === 'identity';

const isTest = ({ path }: SourceModule): boolean => path.endsWith('.test.ts') || path.includes('/testing/');
const isBelow = (folder: string, { path }: SourceModule): boolean => isUnder(folder, path);
const isUnder = (folder: string, path: string | undefined): boolean => path?.startsWith(`${folder}/`) === true;
