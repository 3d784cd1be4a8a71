/**
 * Runs every case of bad input through a compiler and compares what it finds, to the character.
 *
 * A case is a folder here: `spec/` holds the input (or `generated-cases.ts` makes it), `expected.txt` every finding with its place, message
 * and hint, and, where the folder has one, `expected.human.txt` the report for people. `UPDATE_GOLDEN=1` writes them anew.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Diagnostic, SourceSpan } from '../../diagnostics/diagnostic.ts';
import { renderHuman } from '../../diagnostics/render-human.ts';
import { displayText } from '../../source/decode-text.ts';
import type { SourceHost } from '../../source/source-host.ts';
import { type MemoryNode, memoryHost } from '../memory-host.ts';
import { describe } from '../suite.ts';
import { GENERATED_CASES } from './generated-cases.ts';

/** Finds everything that is wrong with the spec in a directory, sorted. */
export type FindProblems = (host: SourceHost, directory: string) => readonly Diagnostic[];

const FOLDER = new URL('./', import.meta.url);

/** Declares a suite with one test a case. */
export function runCorpus(findProblems: FindProblems): void {
  const cases = readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  describe('bad input', (it) => {
    for (const name of cases) it(name, () => runCase(name, findProblems));
    it('has a folder for each case that is made', () => {
      for (const name of Object.keys(GENERATED_CASES)) assert.ok(cases.includes(name), name);
    });
  });
}

function runCase(name: string, findProblems: FindProblems): void {
  const folder = new URL(`${name}/`, FOLDER);
  const nodes = GENERATED_CASES[name] ?? readNodes(folder);
  const host = memoryHost(nodes);
  const diagnostics = findProblems(host, 'spec');
  assert.ok(diagnostics.length > 0, 'a case of bad input has findings');
  compare(new URL('expected.txt', folder), diagnostics.map(describeFinding).join(''), true);
  const report = renderHuman(diagnostics, { source: (file) => sourceOf(nodes[`/${file}`]) });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the claim.
  assert.doesNotMatch(report, /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/, 'a report never controls the terminal');
  compare(new URL('expected.human.txt', folder), report, false);
}

function readNodes(folder: URL): Readonly<Record<string, MemoryNode>> {
  const spec = new URL('spec/', folder);
  return Object.fromEntries(
    readdirSync(spec).map((file) => [`/spec/${file}`, new Uint8Array(readFileSync(new URL(file, spec)))]),
  );
}

/** A golden that must exist is written when goldens are updated; one that may exist is only brought up to date. */
function compare(file: URL, actual: string, isRequired: boolean): void {
  const exists = existsSync(file);
  if (process.env['UPDATE_GOLDEN'] === '1' && (exists || isRequired)) writeFileSync(file, actual);
  else if (exists || isRequired) assert.equal(actual, readFileSync(file, 'utf8'));
}

function describeFinding({ span, severity, code, message, hint, related = [], arithmetic = [] }: Diagnostic): string {
  const lines = [
    `${span ? `${place(span)} ` : ''}${severity} ${code} ${message}`,
    ...arithmetic.map((step) => `  = ${step}`),
    ...related.map((item) => `  see ${place(item.span)} ${item.note}`),
    `  hint: ${hint}`,
  ];
  return `${lines.join('\n')}\n`;
}

const place = ({ file, line, column, endLine, endColumn }: SourceSpan): string =>
  `${file}:${line}:${column}-${endLine === line ? '' : `${endLine}:`}${endColumn}`;

function sourceOf(node: MemoryNode | undefined): string | undefined {
  if (typeof node === 'string') return node;
  return node instanceof Uint8Array ? displayText(node) : undefined;
}
