/**
 * Lists in documents that are made from the code: the text between `<!-- list:NAME -->` and `<!-- /list -->`.
 *
 * Owns the table of lists; a document asks for one by name. A name that no list has is an error, so a typo cannot go stale.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKS } from '../../compiler/checks/registry.ts';
import { CODES } from '../../compiler/diagnostics/codes.ts';
import { EMITTERS } from '../../compiler/emitters/registry.ts';
import { DEFAULTS } from '../../compiler/resolve/defaults.ts';
import { REAL_TOOLS } from '../../compiler/testing/real-tools.ts';
import { compareTexts } from '../../schemas/data/texts.ts';
import { followRef, type SchemaNode, SPEC_SCHEMAS } from '../../schemas/spec/spec-fields.ts';
import type { GeneratedFile } from './schemas.ts';

/** Each list as Markdown. Add a registry here (checks, codes, emitters, commands) and name it in a document. */
const LISTS: Readonly<Record<string, () => string | Promise<string>>> = {
  checks: () =>
    formatTable(
      ['check', 'code', 'severity', 'finds'],
      CHECKS.map(({ id, code, severity, title }) => [
        `[\`${id}\`](compiler/checks/${id}/README.md)`,
        code,
        severity,
        title,
      ]),
    ),
  codes: () =>
    formatTable(
      ['code', 'severity', 'title', 'what to do'],
      [...CODES, ...CHECKS]
        .map(({ code, severity, title, hint }) => [code, severity, title, hint])
        .sort(([a = ''], [b = '']) => compareTexts(a, b)),
    ),
  defaults: () =>
    formatTable(
      ['default', 'value', 'field', 'why'],
      Object.entries(DEFAULTS)
        .map(([name, { value, field, reason }]) => [`\`${name}\``, String(value), `\`${field}\``, reason])
        .sort(([a = ''], [b = '']) => compareTexts(a, b)),
    ),
  emitters: async () => {
    const emitters = await Promise.all(EMITTERS.map((entry) => entry.load()));
    return formatTable(
      ['emitter', 'target', 'produces'],
      emitters.map(({ id, target, title }) => [
        `[\`${id}\`](compiler/emitters/${id}/README.md)`,
        `\`${target}\``,
        title,
      ]),
    );
  },
  fields: () =>
    formatTable(
      ['field', 'type', 'default', 'meaning'],
      Object.entries(SPEC_SCHEMAS).flatMap(([kind, schema]) =>
        fieldRows(schema.properties?.['spec'] ?? {}, `${kind}.spec`),
      ),
    ),
  'real-tools': () => formatTable(['tool', 'Debian package'], Object.entries(REAL_TOOLS)),
};

/** One row for each field below a mapping, in the order of the schema. */
function fieldRows(written: SchemaNode, prefix: string): string[][] {
  const node = followRef(written);
  const required = node.required ?? [];
  const rows = Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const field = followRef(child);
    const path = `${prefix}.${name}`;
    const fallback = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
    const row = [
      `\`${path}\``,
      typeOf(field),
      required.includes(name) ? 'required' : fallback,
      field.description ?? '',
    ];
    return [row, ...fieldRows(field, path)];
  });
  const items = node.items === undefined ? [] : fieldRows(node.items, `${prefix}[]`);
  const values =
    typeof node.additionalProperties === 'object' ? fieldRows(node.additionalProperties, `${prefix}.*`) : [];
  return [...rows, ...items, ...values];
}

function typeOf({ type, enum: values, ...rest }: SchemaNode): string {
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ');
  const quantity = rest['x-quantity'];
  return typeof quantity === 'string' ? quantity : [type ?? 'any'].flat().join(' or ');
}

const REGION = /(<!-- list:(?<name>[\w-]+) -->\n)[\s\S]*?(<!-- \/list -->)/g;

/** The documents at the root and in `docs/` that hold a list, as they should be. */
export async function generateDocs(root: string): Promise<readonly GeneratedFile[]> {
  const inRoot = (await readdir(root)).filter((name) => name.endsWith('.md'));
  const inDocs = (await readdir(join(root, 'docs')).catch(() => [])).filter((name) => name.endsWith('.md'));
  const documents = await Promise.all(
    [...inRoot, ...inDocs.map((name) => `docs/${name}`)]
      .sort()
      .map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
  );
  const lists = Object.fromEntries(
    await Promise.all(Object.entries(LISTS).map(async ([name, list]) => [name, await list()] as const)),
  );
  return documents
    .filter(({ text }) => text.includes('<!-- list:'))
    .map(({ path, text }) => ({ path, text: fillLists(text, lists) }));
}

/** Puts each list where the document asks for it. */
export function fillLists(text: string, lists: Readonly<Record<string, string>>): string {
  return text.replace(REGION, (_region, open: string, name: string, close: string) => {
    const list = lists[name];
    if (list === undefined) throw new Error(`no list is called '${name}'; there are ${Object.keys(lists).join(', ')}`);
    return `${open}\n${list}\n\n${close}`;
  });
}

/** A Markdown table. Cells with code stand in backticks by themselves. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
