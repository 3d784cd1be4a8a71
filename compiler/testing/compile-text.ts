/**
 * Spec text to models, through the real stages: for tests of whatever comes after.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Model } from '../resolve/model/index.ts';
import { resolve } from '../resolve/resolve.ts';
import { parseSource } from '../source/parse-source.ts';
import { validateDocument } from '../validate/validate-document.ts';

export interface CompiledText {
  readonly models: readonly Model[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses, validates and resolves one file of spec documents. */
export function compileText(text: string, path = 'spec/test.yaml'): CompiledText {
  const parsed = parseSource({ path, bytes: new TextEncoder().encode(text) });
  const validated = (parsed.value ?? []).map(validateDocument);
  const resolved = resolve(validated.flatMap((outcome) => (outcome.value === undefined ? [] : [outcome.value])));
  return {
    models: resolved.value ?? [],
    diagnostics: [
      ...parsed.diagnostics,
      ...validated.flatMap((outcome) => outcome.diagnostics),
      ...resolved.diagnostics,
    ],
  };
}
