/**
 * Text of a user on a terminal: how wide it is, and without power over the terminal.
 *
 * Owns widths (East Asian wide characters and emoji take two columns, combining marks none) and escapes: nothing that is printed can
 * move the cursor, change colours or reorder text. Tabs become two spaces.
 */

/** One character as displayed, and where it stands in the text. */
export interface Cell {
  /** Offset in UTF-16 units. */
  readonly offset: number;
  readonly text: string;
  readonly width: number;
}

export function toCells(text: string): readonly Cell[] {
  const cells: Cell[] = [];
  let offset = 0;
  for (const character of text) {
    cells.push({ offset, ...display(character) });
    offset += character.length;
  }
  return cells;
}

/** The text with everything escaped that is not meant to be seen. Line ends are escaped too: this is for single lines. */
export const escapeText = (text: string): string =>
  SUSPECT.test(text)
    ? toCells(text)
        .map((cell) => cell.text)
        .join('')
    : text;

/** How many columns the text takes. */
export const widthOf = (text: string): number => toCells(text).reduce((sum, { width }) => sum + width, 0);

function display(character: string): { readonly text: string; readonly width: number } {
  if (character >= ' ' && character <= '~') return { text: character, width: 1 };
  if (character === '\t') return { text: '  ', width: 2 };
  const code = character.codePointAt(0) ?? 0;
  if (UNSAFE.test(character) || (code >= 0xd800 && code <= 0xdfff)) {
    const text = `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
    return { text, width: text.length };
  }
  if (COMBINING.test(character)) return { text: character, width: 0 };
  return { text: character, width: isWide(code) ? 2 : 1 };
}

// Control characters, line and paragraph separators, invisible and direction-changing formatting characters.
const UNSAFE = /[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
// Anything that may need a closer look: all but printable ASCII.
const SUSPECT = /[^ -~]/;
const COMBINING = /[\p{Mn}\p{Me}\u200c\u200d]/u;

// Unicode East Asian Width W and F, in the blocks that matter; see UAX 11.
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
];

const isWide = (code: number): boolean => WIDE.some(([from, to]) => code >= from && code <= to);
