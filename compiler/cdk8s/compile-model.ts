/**
 * One environment of one system, from a spec folder to its Kubernetes objects, at once: constructs cannot wait.
 *
 * Owns which environment is meant, and the error that tells everything that is wrong with the spec.
 */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { quoteList } from '../diagnostics/quote-text.ts';
import { renderHuman } from '../diagnostics/render-human.ts';
import type { Artifact } from '../emitters/emitter.ts';
import { EMITTERS } from '../emitters/registry.ts';
import { analyse } from '../pipeline.ts';
import type { Model } from '../resolve/model/index.ts';
import { loadSources } from '../source/load-sources.ts';
import type { SourceFile } from '../source/source-document.ts';
import { diskHost } from '../source/source-host.ts';

export interface CompileModelOptions {
  /** The folder of the spec, such as `spec`. */
  readonly spec: string;
  readonly environment: string;
  /** Default: the only system of the spec. */
  readonly system?: string;
  /** The day as year-month-day, by which waivers end. Default: today. */
  readonly today?: string;
}

export interface CompiledModel {
  readonly model: Model;
  /** Those of the cluster. */
  readonly artifacts: readonly Artifact[];
  readonly diagnostics: readonly Diagnostic[];
}

const LOADED = await Promise.all(EMITTERS.map(async ({ id, target, load }) => ({ id, target, emitter: await load() })));

/** Throws where the spec has an error, or no such environment. */
export function compileModel({
  spec,
  environment,
  system,
  today = dayOf(new Date()),
}: CompileModelOptions): CompiledModel {
  const specRoot = spec.replace(/\/+$/, '');
  const sources = loadSources(diskHost, specRoot);
  const { models, names, diagnostics, hasError } = analyse(sources, { specRoot, today, system, environment });
  if (hasError) {
    throw new Error(`the spec in ${spec} has errors\n\n${renderErrors(diagnostics, sources.value ?? [])}`);
  }
  const [model, ...others] = models;
  if (model === undefined) {
    const known = [...names].map(([name, environments]) => `${name} has ${quoteList([...environments])}`);
    throw new Error(`the spec in ${spec} has no environment \`${environment}\`: ${known.join('; ')}`);
  }
  if (others.length > 0) {
    const found = quoteList(models.map((one) => one.system.name));
    throw new Error(
      `the spec in ${spec} has several systems with \`${environment}\`: say which of ${found} in \`system\``,
    );
  }
  const { wanted } = model.system.targets;
  const artifacts: Artifact[] = [];
  for (const { target, emitter } of LOADED)
    if (wanted.includes(target)) artifacts.push(...emitter.emit(model, artifacts));
  return { model, diagnostics, artifacts: artifacts.filter(({ path }) => path.startsWith('kubernetes/')) };
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function renderErrors(diagnostics: readonly Diagnostic[], files: readonly SourceFile[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const source = (path: string): string | undefined => {
    const file = files.find((candidate) => candidate.path === path);
    return file === undefined ? undefined : new TextDecoder().decode(file.bytes);
  };
  return renderHuman(errors, { source });
}
