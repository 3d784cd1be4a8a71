/**
 * The table of controls as Markdown: what is asked for, which test proves it, and how it came out.
 */
import type { RuntimeControl } from './acceptance.ts';

export interface ProvedControl {
  readonly control: string;
  readonly file: string;
  readonly title: string;
  readonly result: string;
}

export function renderTable(
  controls: readonly RuntimeControl[],
  proofs: readonly ProvedControl[],
  unproved: Readonly<Record<string, string>>,
): string {
  const rows = controls.flatMap(({ id, requirement, others = [] }) => {
    const own = proofs.filter(({ control }) => control === id).sort((a, b) => compare(keyOf(a), keyOf(b)));
    const rest = others.join(', ');
    if (own.length === 0) return [row([id, requirement, unproved[id] ?? 'nobody has said why', 'not proved', rest])];
    return own.map(({ file, title, result }, index) => {
      const isFirst = index === 0;
      return row([isFirst ? id : '', isFirst ? requirement : '', `\`${file}\`: ${title}`, result, isFirst ? rest : '']);
    });
  });
  const proved = controls.filter(({ id }) => proofs.some(({ control }) => control === id)).length;
  return [
    `${proved} of ${controls.length} controls are proved by ${proofs.length} tests.`,
    '',
    row(['control', 'requirement', 'test, or why there is none', 'result', 'the rest is for']),
    row(['---', '---', '---', '---', '---']),
    ...rows,
  ].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const keyOf = ({ file, title }: ProvedControl): string => `${file}\n${title}`;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Reads the proofs back out of a table. */
export function parseTable(text: string): readonly ProvedControl[] {
  let control = '';
  return text.split('\n').flatMap((line) => {
    const [, id = '', , test = '', result = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (/^[A-Z]{3}-\d{3}$/.test(id)) control = id;
    const [, file, title] = /^`([^`]+)`: (.*)$/.exec(test) ?? [];
    return file === undefined || title === undefined
      ? []
      : [{ control, file, title: title.replaceAll('\\|', '|'), result }];
  });
}
