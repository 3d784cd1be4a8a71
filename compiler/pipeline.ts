/**
 * The whole flow: source -> validate -> resolve -> checks -> emitters -> index. What happens to the disk is left to `writer/`.
 *
 * Owns the order of the stages and two rules: every stage reports everything it finds and goes on as far as it can, and nothing is
 * emitted once an error exists. Pure but for loading emitters.
 */
import { CHECKS } from './checks/registry.ts';
import { runChecks } from './checks/run-checks.ts';
import type { Diagnostic, Outcome } from './diagnostics/diagnostic.ts';
import { sortDiagnostics } from './diagnostics/sort-diagnostics.ts';
import { emitArtifacts, unservedTargets } from './emitters/emit-artifacts.ts';
import { EMITTERS } from './emitters/registry.ts';
import type { Model } from './resolve/model/index.ts';
import { resolve } from './resolve/resolve.ts';
import { documentsOf, namesOf, type SystemNames } from './select-documents.ts';
import { parseSource } from './source/parse-source.ts';
import type { SourceDocument, SourceFile } from './source/source-document.ts';
import { suppressFollowUpErrors } from './suppress-follow-up-errors.ts';
import { validateDocument } from './validate/validate-document.ts';
import { VERSION } from './version.ts';
import { buildIndex, digestSpec, INDEX_PATH } from './writer/build-index.ts';
import type { WantedEnvironment } from './writer/plan-writes.ts';

export interface CompileOptions {
  /** The spec folder as it begins the paths of the files. */
  readonly specRoot: string;
  /** The day as year-month-day; waivers end by it. */
  readonly today: string;
  /** Only this system. */
  readonly system?: string | undefined;
  /** Only environments of this name. */
  readonly environment?: string | undefined;
  /** Told before each environment is emitted. */
  readonly onEnvironment?: (done: number, total: number, name: string) => void;
}

export interface Analysis {
  readonly documents: readonly SourceDocument[];
  /** All systems of the spec with their environments, selected or not. */
  readonly names: SystemNames;
  readonly models: readonly Model[];
  /** Every finding of every file, sorted, each once. */
  readonly diagnostics: readonly Diagnostic[];
  readonly hasError: boolean;
}

export interface Compilation extends Analysis {
  /** Empty when there is an error. */
  readonly environments: readonly WantedEnvironment[];
}

/** Everything short of emitting: what `check` and `explain` need. */
export function analyse(sources: Outcome<readonly SourceFile[]>, options: CompileOptions): Analysis {
  const found: Diagnostic[] = [];
  const take = <T>({ value, diagnostics }: Outcome<T>): T | undefined => {
    found.push(...diagnostics);
    return value;
  };
  const files = take(sources) ?? [];
  const parsed = files.flatMap((file) => take(parseSource(file)) ?? []);
  const isTorn = hasError(found);
  const documents = options.system === undefined ? parsed : documentsOf(parsed, options.system);
  const valid = documents.flatMap((document) => take(validateDocument(document)) ?? []);
  const resolved = take(resolve(valid)) ?? [];
  const models = resolved.filter(({ environment }) => (options.environment ?? environment.name) === environment.name);
  const isWhole = options.environment === undefined && !hasError(found);
  const unserved = (model: Model) => unservedTargets(model, EMITTERS);
  found.push(
    ...runChecks({ models, all: resolved, documents: valid, checks: CHECKS, unserved, today: options.today, isWhole }),
  );
  const kept = new Set(valid.map(({ source }) => source));
  const withheld = documents.filter((document) => !kept.has(document));
  const diagnostics = sortDiagnostics(suppressFollowUpErrors(found, withheld, isTorn));
  return { documents, names: namesOf(parsed), models, diagnostics, hasError: hasError(diagnostics) };
}

/** All files of all selected environments, unless an error forbids it. */
export async function compile(sources: Outcome<readonly SourceFile[]>, options: CompileOptions): Promise<Compilation> {
  const analysis = analyse(sources, options);
  const environments: WantedEnvironment[] = [];
  for (const model of analysis.hasError ? [] : analysis.models) {
    const name = `${model.system.name}/${model.environment.name}`;
    options.onEnvironment?.(environments.length, analysis.models.length, name);
    environments.push(await emitEnvironment(model, analysis.documents, options.specRoot));
  }
  return { ...analysis, environments };
}

async function emitEnvironment(
  model: Model,
  documents: readonly SourceDocument[],
  specRoot: string,
): Promise<WantedEnvironment> {
  const artifacts = await emitArtifacts(model, EMITTERS);
  const specDigest = digestSpec(documentsOf(documents, model.system.name), specRoot);
  const index = buildIndex({ model, artifacts, specDigest, compiler: VERSION, specRoot });
  const files = new Map([...artifacts.map(({ path, text }): [string, string] => [path, text]), [INDEX_PATH, index]]);
  return { system: model.system.name, environment: model.environment.name, files };
}

const hasError = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');
