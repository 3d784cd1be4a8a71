/**
 * Paragraphs for a terminal.
 *
 * Owns breaking at spaces; a word that is longer than a line is left whole, because paths and names are copied from there.
 */
import { widthOf } from './display-text.ts';

/** Breaks at spaces so that no line is wider than `width`. `first` and `rest` stand in front of the first and the other lines. */
export function wrapText(text: string, width: number, first: string, rest: string): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let used = widthOf(first);
  let isStart = true;
  for (const word of text.split(' ')) {
    const length = widthOf(word);
    if (!isStart && used + 1 + length > width) {
      lines.push(line);
      line = rest + word;
      used = widthOf(rest) + length;
      continue;
    }
    line += isStart ? word : ` ${word}`;
    used += length + (isStart ? 0 : 1);
    isStart = false;
  }
  return [...lines, line];
}
