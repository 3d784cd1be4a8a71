/**
 * Findings that only say that a document is missing, while that document is there and was withheld for its own mistakes.
 *
 * Owns which findings of `resolve` are about absence; a check says so itself. One wrong line in a service must not turn every reference to it into a second error. Where it
 * cannot be known which documents a broken file holds, no finding about absence can be believed until the file is whole.
 */
import { CHECKS } from './checks/registry.ts';
import type { Diagnostic } from './diagnostics/diagnostic.ts';
import { kindOf, nameOf } from './select-documents.ts';
import type { SourceDocument } from './source/source-document.ts';
import { KINDS } from './validate/check-header.ts';

/** A reference that leads nowhere, and an unknown system: their message quotes the name. */
const QUOTES_NAME = ['SW-301', 'SW-304'];
/** A system without an environment. */
const NAMES_NOTHING = ['SW-305'];

/** `withheld` are parsed documents that are invalid; `isTorn` says that some file could not be parsed as a whole. */
export function suppressFollowUpErrors(
  diagnostics: readonly Diagnostic[],
  withheld: readonly SourceDocument[],
  isTorn: boolean,
): readonly Diagnostic[] {
  if (withheld.length === 0 && !isTorn) return diagnostics;
  const names = withheld.map(nameOf);
  const isUnclear = isTorn || names.includes(undefined);
  const kinds = withheld.map(kindOf);
  return diagnostics.filter(({ code, message, check }) => {
    const misses = CHECKS.find(({ id }) => id === check)?.misses ?? [];
    if (misses.length > 0 && (isTorn || kinds.some((kind) => couldBring(misses, kind)))) return false;
    if (NAMES_NOTHING.includes(code)) return false;
    return !(QUOTES_NAME.includes(code) && (isUnclear || names.some((name) => message.includes(`\`${name}\``))));
  });
}

/** A document of no known kind may be any. */
const couldBring = (misses: readonly string[], kind: unknown): boolean =>
  misses.some((missed) => missed === kind) || !KINDS.some((known) => known === kind);
