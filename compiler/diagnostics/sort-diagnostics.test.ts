import assert from 'node:assert/strict';
import { describe } from '../testing/suite.ts';
import type { Diagnostic } from './diagnostic.ts';
import { sortDiagnostics } from './sort-diagnostics.ts';

const at = (file: string, line: number, column: number, code = 'SW-101', message = 'm'): Diagnostic => ({
  code,
  severity: 'error',
  message,
  hint: 'h',
  span: { file, line, column, endLine: line, endColumn: column + 1 },
});

const brief = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ span, code, message }) => `${span?.file}:${span?.line}:${span?.column} ${code} ${message}`);

describe('sort diagnostics', (it) => {
  const sorted = [
    at('B', 1, 1),
    at('a', 2, 9),
    at('a', 10, 1),
    at('a', 10, 2),
    at('a', 10, 2, 'SW-102'),
    at('ä', 1, 1),
  ];

  it('orders by file, line, column and code, by code units', () => {
    const shuffled = [3, 0, 5, 2, 4, 1].flatMap((index) => sorted[index] ?? []);
    assert.deepEqual(brief(sortDiagnostics(shuffled)), brief(sorted));
  });

  it('says the same once, and different things about one place each', () => {
    assert.equal(sortDiagnostics([at('a', 1, 1), at('a', 1, 1)]).length, 1);
    assert.equal(sortDiagnostics([at('a', 1, 1), at('a', 1, 1, 'SW-101', 'other')]).length, 2);
    const related = { ...at('a', 1, 1), related: [{ span: at('b', 1, 1).span ?? assert.fail(), note: 'n' }] };
    assert.equal(sortDiagnostics([at('a', 1, 1), related, at('a', 1, 1)]).length, 2);
  });

  it('puts findings without a place first', () => {
    const { span: _, ...placeless } = at('a', 1, 1);
    assert.equal(sortDiagnostics([at('a', 1, 1), placeless])[0], placeless);
  });
});
