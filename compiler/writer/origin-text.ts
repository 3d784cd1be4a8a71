/**
 * The source map of the index: an origin as one line of text.
 *
 * Owns the notation. A place is its file relative to the spec folder and a JSON pointer, never a line number, so that a comment in
 * the spec changes nothing in `generated/`. What was overridden or tightened follows after ` <- `, down to where it began.
 */
import type { Origin, SpecPointer } from '../resolve/model/index.ts';

/** `sim-corp/ingestion.yaml#/spec/routes/0/timeout`, `default:route.timeout`, `override:staging a.yaml#/x <- b.yaml#/y`. */
export function formatOrigin(origin: Origin, specRoot: string): string {
  switch (origin.kind) {
    case 'spec':
      return formatPointer(origin.at, specRoot);
    case 'default':
      return `default:${origin.name}`;
    case 'override':
      return `override:${origin.environment} ${formatPointer(origin.at, specRoot)} <- ${formatOrigin(origin.base, specRoot)}`;
    case 'policy':
      return `policy:${origin.policy} ${formatPointer(origin.at, specRoot)} <- ${formatOrigin(origin.base, specRoot)}`;
  }
}

/** The second document of a file and later ones carry their position: `all.yaml[1]#/spec`. */
export function formatPointer({ document, path }: SpecPointer, specRoot: string): string {
  const position = document.index === 0 ? '' : `[${document.index}]`;
  let text = `${relativeToSpec(document.file, specRoot)}${position}#`;
  for (const step of path) text += `/${escapeStep(step)}`;
  return text;
}

/** The file as seen from the spec folder, so that it does not matter where the compiler was started. */
export function relativeToSpec(file: string, specRoot: string): string {
  const prefix = specRoot.endsWith('/') ? specRoot : `${specRoot}/`;
  return file.startsWith(prefix) ? file.slice(prefix.length) : file;
}

// RFC 6901, section 3.
const escapeStep = (step: string | number): string | number =>
  typeof step === 'string' && /[~/]/.test(step) ? step.replaceAll('~', '~0').replaceAll('/', '~1') : step;
