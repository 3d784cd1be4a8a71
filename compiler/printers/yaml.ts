/**
 * Prints plain data as YAML: keys in code-unit order, no aliases, no line folding, so equal data gives equal bytes.
 *
 * Owns every YAML text that the compiler emits; relies on the `yaml` package for quoting. Texts that YAML 1.1 takes for something else
 * (`on`, `yes`, `012`, `12:30`) are quoted, because Kubernetes and Prometheus read with a 1.1 parser.
 */
import { stringify } from 'yaml';

/** Prints one document, with a final newline. Undefined fields are left out. */
export const printYaml = (value: unknown): string =>
  stringify(value, {
    aliasDuplicateObjects: false,
    compat: 'yaml-1.1',
    lineWidth: 0,
    sortMapEntries: byCodeUnits,
    version: '1.2',
  });

/** Compares the way bytes compare in every locale. */
function byCodeUnits(left: { readonly key: unknown }, right: { readonly key: unknown }): number {
  const [a, b] = [keyText(left.key), keyText(right.key)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyText(key: unknown): string {
  return typeof key === 'object' && key !== null && 'value' in key ? String(key.value) : String(key);
}
