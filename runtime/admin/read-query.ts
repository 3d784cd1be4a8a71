/** The query of an operators' request: only parameters that its operation has, each once, of their shape. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Operation } from './operation.ts';

export type ReadQuery =
  | { readonly kind: 'query'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'refused'; readonly detail: string };

export function createQueryReader(operations: readonly Operation[]): (operation: Operation, text: string) => ReadQuery {
  // The text of a number is a number here; whoever reads the value converts it.
  const ajv = new Ajv2020({ coerceTypes: true, strict: true });
  const checks = new Map<string, ValidateFunction>(
    operations.map(({ id, query = {} }) => [
      id,
      ajv.compile({ type: 'object', additionalProperties: false, properties: query }),
    ]),
  );

  return function readQuery(operation, text) {
    const pairs = [...new URLSearchParams(text)];
    const values = Object.fromEntries(pairs);
    const check = checks.get(operation.id);
    if (check === undefined) return { kind: 'query', values: {} };
    if (Object.keys(values).length === pairs.length && check({ ...values })) return { kind: 'query', values };
    const known = Object.keys(operation.query ?? {}).join(', ');
    const detail =
      known === ''
        ? 'This operation takes no parameters in its query.'
        : `The query must fit ${known}, each at most once.`;
    return { kind: 'refused', detail };
  };
}
