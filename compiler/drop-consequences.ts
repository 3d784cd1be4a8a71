/**
 * Findings that only say that a document is missing, while that document is there and was withheld for its own mistakes.
 *
 * Owns which findings are about absence. One wrong line in a service must not turn every reference to it into a second error. Where it
 * cannot be known which documents a broken file holds, no finding about absence can be believed until the file is whole.
 */
import type { Diagnostic } from './diagnostics/diagnostic.ts';
import { nameOf } from './select-documents.ts';
import type { SourceDocument } from './source/source-document.ts';

/** A reference that leads nowhere, and an unknown system: their message quotes the name. */
const QUOTES_NAME = ['SW-301', 'SW-304'];
/** A system without an environment, and one without a gateway. */
const NAMES_NOTHING = ['SW-305', 'SW-419'];

/** `withheld` are parsed documents that are invalid; `isTorn` says that some file could not be parsed as a whole. */
export function dropConsequences(
  diagnostics: readonly Diagnostic[],
  withheld: readonly SourceDocument[],
  isTorn: boolean,
): readonly Diagnostic[] {
  if (withheld.length === 0 && !isTorn) return diagnostics;
  const names = withheld.map(nameOf);
  const isUnclear = isTorn || names.includes(undefined);
  return diagnostics.filter(({ code, message }) => {
    if (NAMES_NOTHING.includes(code)) return false;
    return !(QUOTES_NAME.includes(code) && (isUnclear || names.some((name) => message.includes(`\`${name}\``))));
  });
}
