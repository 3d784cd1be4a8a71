/**
 * Lists in documents that are made from the code: the text between `<!-- list:NAME -->` and `<!-- /list -->`.
 *
 * Owns the table of lists; a document asks for one by name. A name that no list has is an error, so a typo cannot go stale.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REAL_TOOLS } from '../../compiler/testing/real-tools.ts';
import type { GeneratedFile } from './schemas.ts';

/** Each list as Markdown. Add a registry here (checks, codes, emitters, commands) and name it in a document. */
const LISTS: Readonly<Record<string, () => string>> = {
  'real-tools': () => formatTable(['tool', 'Debian package'], Object.entries(REAL_TOOLS)),
};

const REGION = /(<!-- list:(?<name>[\w-]+) -->\n)[\s\S]*?(<!-- \/list -->)/g;

/** The documents at the root that hold a list, as they should be. */
export async function generateDocs(root: string): Promise<readonly GeneratedFile[]> {
  const names = (await readdir(root)).filter((name) => name.endsWith('.md')).sort();
  const documents = await Promise.all(
    names.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
  );
  return documents
    .filter(({ text }) => text.includes('<!-- list:'))
    .map(({ path, text }) => ({ path, text: fillLists(text, LISTS) }));
}

/** Puts each list where the document asks for it. */
export function fillLists(text: string, lists: Readonly<Record<string, () => string>>): string {
  return text.replace(REGION, (_region, open: string, name: string, close: string) => {
    const list = lists[name];
    if (list === undefined) throw new Error(`no list is called '${name}'; there are ${Object.keys(lists).join(', ')}`);
    return `${open}\n${list()}\n\n${close}`;
  });
}

/** A Markdown table. Cells with code stand in backticks by themselves. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
