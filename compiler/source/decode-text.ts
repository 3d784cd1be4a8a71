/**
 * From bytes to the text that every later stage and every reviewer sees.
 *
 * Owns the encoding: UTF-8, with or without a byte-order mark, which is dropped so that columns are those an editor shows; no control
 * and no invisible formatting characters. Leaves YAML to the parser.
 */
import { SOURCE } from '../diagnostics/codes/source.ts';
import type { CodeInfo, Diagnostic, Outcome } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/make-diagnostic.ts';
import { invalidUtf8Position } from './invalid-utf8-position.ts';
import type { SourceFile } from './source-document.ts';
import { createSpanAt } from './text-position.ts';

/** The largest file that is read, in bytes: a thousand times what people write, and still parsed in seconds. */
export const MAX_FILE_BYTES = 1024 * 1024;

const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8');

/** The text of a file, or why it cannot be trusted as text. */
export function decodeText(file: SourceFile): Outcome<string> {
  const { path, bytes } = file;
  if (bytes.length > MAX_FILE_BYTES) return refuse(fileTooLarge(path, bytes.length));
  const encoding = foreignEncoding(bytes);
  if (encoding) return refuse(at(file, SOURCE.wrongEncoding, 0, 0, `the file is encoded in ${encoding}, not in UTF-8`));
  const text = decodeStrictly(bytes);
  if (text === undefined) return refuse(badUtf8(file));
  const unwanted = UNWANTED.test(text) ? unwantedCharacter(file, text) : undefined;
  return unwanted ? refuse(unwanted) : { value: text, diagnostics: [] };
}

/** The text of a file as far as it can be shown in an excerpt: bytes that are no UTF-8 become U+FFFD. */
export const displayText = (bytes: Uint8Array): string => lenient.decode(bytes.subarray(0, MAX_FILE_BYTES));

/** The finding for a file that is larger than anyone writes by hand. */
export function fileTooLarge(path: string, size: number): Diagnostic {
  return makeDiagnostic(SOURCE.tooLarge, {
    span: createSpanAt(path, '')(0, 0),
    message: `the file has ${size} bytes, more than the ${MAX_FILE_BYTES} allowed`,
  });
}

const refuse = (diagnostic: Diagnostic): Outcome<never> => ({ value: undefined, diagnostics: [diagnostic] });

function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function foreignEncoding(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'UTF-32' : 'UTF-16';
  if (a === 0xfe && b === 0xff) return 'UTF-16';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'UTF-32';
  return undefined;
}

function badUtf8(file: SourceFile): Diagnostic {
  const bad = invalidUtf8Position(file.bytes) ?? 0;
  // Everything before the first bad byte is valid, so its length in UTF-16 units is the offset in the displayed text.
  const offset = displayText(file.bytes.subarray(0, bad)).length;
  const byte = (file.bytes[bad] ?? 0).toString(16).padStart(2, '0');
  return at(file, SOURCE.badUtf8, offset, 1, `the byte 0x${byte} at offset ${bad} is not valid UTF-8`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|\r(?!\n)/;
// Bidirectional controls (the "Trojan Source" attack), zero-width spaces and joiners at the start of words, stray byte-order marks.
const HIDDEN = /[\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const UNWANTED = new RegExp(`${CONTROL.source}|${HIDDEN.source}`);
const EVERY_UNWANTED = new RegExp(UNWANTED, 'g');

function unwantedCharacter(file: SourceFile, text: string): Diagnostic {
  const matches = [...text.matchAll(EVERY_UNWANTED)];
  const first = matches[0];
  const character = first?.[0] ?? '';
  const isHidden = HIDDEN.test(character);
  const name = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  const more = matches.length > 1 ? `, and ${matches.length - 1} more in this file` : '';
  const what =
    character === '\r'
      ? `the line ends in a carriage return (${name}) without a line feed`
      : `the ${isHidden ? 'invisible formatting' : 'control'} character ${name} is not allowed`;
  const info = isHidden ? SOURCE.hiddenCharacter : SOURCE.controlCharacter;
  const hint = character === '\r' ? 'Save the file with LF or CRLF line ends.' : undefined;
  return at(file, info, first?.index ?? 0, 1, what + more, hint);
}

function at(
  file: SourceFile,
  info: CodeInfo,
  offset: number,
  length: number,
  message: string,
  hint?: string,
): Diagnostic {
  const span = createSpanAt(file.path, displayText(file.bytes))(offset, offset + length);
  return makeDiagnostic(info, { span, message, hint });
}
