import assert from 'node:assert/strict';
import type { Diagnostic } from './diagnostics/diagnostic.ts';
import { suppressFollowUpErrors } from './suppress-follow-up-errors.ts';
import { describe } from './testing/suite.ts';

const FOUND: readonly Diagnostic[] = [
  finding('SW-301', 'there is no service `api` in system `shop`'),
  finding('SW-301', 'there is no service `cart` in system `shop`'),
  finding('SW-308', 'a quantity of `api` cannot be used'),
  { ...finding('SW-419', 'shop wants `runtime` and has no gateway'), check: 'system/runtime-has-gateway' },
];

describe('suppressFollowUpErrors', (it) => {
  it('leaves everything while no document is withheld', () => {
    assert.deepEqual(suppressFollowUpErrors(FOUND, [], false), FOUND);
  });

  it('drops what only says that a withheld document is missing', () => {
    assert.deepEqual(codes(suppressFollowUpErrors(FOUND, [document({ name: 'api' })], false)), ['SW-301', 'SW-308']);
  });

  it('believes a check that misses something, where the document that is withheld could not bring it', () => {
    const policy = { ...document({ name: 'baseline' }), value: { kind: 'Policy', metadata: { name: 'baseline' } } };
    assert.deepEqual(codes(suppressFollowUpErrors(FOUND, [policy], false)), ['SW-301', 'SW-301', 'SW-308', 'SW-419']);
  });

  it('believes no absence where names are unknown', () => {
    assert.deepEqual(codes(suppressFollowUpErrors(FOUND, [document({})], false)), ['SW-308']);
    assert.deepEqual(codes(suppressFollowUpErrors(FOUND, [], true)), ['SW-308']);
  });
});

function finding(code: string, message: string): Diagnostic {
  return { code, severity: 'error', message, hint: 'Fix it.' };
}

const codes = (diagnostics: readonly Diagnostic[]) => diagnostics.map(({ code }) => code);

const document = (metadata: object) => ({
  file: 'spec/a.yaml',
  index: 0,
  value: { kind: 'Service', metadata },
  spanOf: () => ({ file: 'spec/a.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }),
});
