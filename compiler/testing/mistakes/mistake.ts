/**
 * One mistake in the text of the base spec, and what the compiler must say about it.
 *
 * Owns the marks `⟦` and `⟧`, which show in the changed text exactly which characters must be underlined, and the comparison.
 */
import assert from 'node:assert/strict';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { analyse } from '../../pipeline.ts';
import { BASE } from './base-spec.ts';

export interface Mistake {
  readonly title: string;
  /** This text of the base spec is replaced. */
  readonly from: string;
  readonly to: string;
  readonly code: string;
  /** What the message must contain. */
  readonly says: readonly string[];
  /** What the hint must contain. */
  readonly hint: readonly string[];
}

/** The findings of the base spec with one change, and where the marks stand. */
function findMistake({ from, to }: Pick<Mistake, 'from' | 'to'>): {
  readonly found: readonly Diagnostic[];
  readonly marked: string;
} {
  assert.equal(BASE.split(from).length, 2, `the base spec holds this text once: ${from}`);
  const text = BASE.replace(from, () => to);
  const [start, end] = [text.indexOf('⟦'), text.indexOf('⟧') - 1];
  assert.ok(start >= 0 && end >= start, 'the changed text has its marks');
  const plain = text.replace(/[⟦⟧]/g, '');
  const sources = { value: [{ path: 'spec/shop.yaml', bytes: new TextEncoder().encode(plain) }], diagnostics: [] };
  const { diagnostics } = analyse(sources, { specRoot: 'spec', today: '2026-11-27' });
  return { found: diagnostics, marked: `${positionOf(plain, start)}-${positionOf(plain, end)}` };
}

function positionOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}

/** Exactly one finding, at the marks, with the words that help. */
export function assertMistake(mistake: Mistake): void {
  const { found, marked } = findMistake(mistake);
  const [only] = found;
  const listed = found.map(({ code, message, hint }) => `${code} ${message} | ${hint}`).join('\n');
  assert.deepEqual(
    found.map(({ code }) => code),
    [mistake.code],
    listed,
  );
  const span = only?.span;
  assert.equal(`${span?.line}:${span?.column}-${span?.endLine}:${span?.endColumn}`, marked, listed);
  for (const part of mistake.says) assert.ok(only?.message.includes(part), `message without ${part}: ${listed}`);
  for (const part of mistake.hint) assert.ok(only?.hint.includes(part), `hint without ${part}: ${listed}`);
  assert.match(only?.hint ?? '', /[.?]$/, 'a hint is a sentence');
}
