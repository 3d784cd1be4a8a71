/** Puts what was measured into a document, between `<!-- bench:NAME -->` and `<!-- /bench -->`; the rest stays as it is written. */
import { readFileSync, writeFileSync } from 'node:fs';

export function writeRegion(path: string, name: string, body: string): void {
  writeFileSync(path, replaceRegion(readFileSync(path, 'utf8'), name, body));
}

export function replaceRegion(text: string, name: string, body: string): string {
  const open = `<!-- bench:${name} -->\n`;
  const start = text.indexOf(open);
  const end = text.indexOf('<!-- /bench -->', start);
  if (start < 0 || end < 0) throw new Error(`the document has no region 'bench:${name}'`);
  return `${text.slice(0, start + open.length)}${body}\n\n${text.slice(end)}`;
}
