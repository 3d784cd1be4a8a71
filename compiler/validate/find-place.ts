/**
 * Where else in a document a field of this name exists, for one that stands at the wrong level.
 *
 * Owns the search over the schema of the kind, lists included. A place is offered only when the value would fit there, and with the words
 * that say what the field means there, because the same name may mean something else.
 */
import { followRef, type SchemaNode, SPEC_SCHEMAS } from '../../schemas/spec/spec-fields.ts';
import { quoteText } from '../diagnostics/quote-text.ts';
import type { SpecPath } from '../source/source-document.ts';

/** A hint that names up to three places; undefined when there is none. `fits` judges the value against the schema of a place. */
export function findPlace(
  kind: string,
  path: SpecPath,
  key: string,
  fits: (schema: SchemaNode) => boolean,
): string | undefined {
  const here = describe(path);
  const all = placesOf(SPEC_SCHEMAS[kind] ?? {}, '', key);
  const elsewhere = all.filter((place) => place.at !== here && place.at !== '' && fits(place.schema));
  // Next to `metadata`, `spec` is what was meant, whatever else has the name.
  if (here === 'metadata' && elsewhere.some(({ at }) => at === 'spec')) return 'Move it to `spec`, where it belongs.';
  // A forgotten or a superfluous indent keeps the line of descent; farther away, only a single place can be meant.
  const near = elsewhere.filter(({ at }) => at.startsWith(`${here}.`) || here.startsWith(`${at}.`) || here === '');
  const places = near.length > 0 ? near : elsewhere.length === 1 ? elsewhere : [];
  const depth = ({ at }: Place): number => at.split('.').length;
  const [first, ...others] = places.toSorted((a, b) => depth(a) - depth(b)).slice(0, 3);
  if (first === undefined) return undefined;
  const names = [first, ...others].map(({ at, schema }) => `${quoteText(at)}${purposeOf(schema)}`);
  return others.length === 0
    ? `Move it to ${names[0]}, where it belongs.`
    : `Move it to ${names.slice(0, -1).join(', ')} or ${names.at(-1)}.`;
}

interface Place {
  /** `spec.routes[]`. */
  readonly at: string;
  readonly schema: SchemaNode;
}

function placesOf(written: SchemaNode, at: string, key: string): readonly Place[] {
  const node = followRef(written);
  const own = node.properties?.[key];
  const below = Object.entries(node.properties ?? {}).flatMap(([name, child]) => placesOf(child, join(at, name), key));
  const items = node.items === undefined ? [] : placesOf(node.items, `${at}[]`, key);
  const named =
    typeof node.additionalProperties === 'object' ? placesOf(node.additionalProperties, join(at, '<name>'), key) : [];
  const branches = (node.anyOf ?? []).flatMap((branch) => placesOf(branch, at, key));
  return [...(own === undefined ? [] : [{ at, schema: own }]), ...below, ...items, ...named, ...branches];
}

const join = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`);

const describe = (path: SpecPath): string =>
  path.map((segment, index) => (typeof segment === 'number' ? '[]' : `${index > 0 ? '.' : ''}${segment}`)).join('');

/** The first sentence of the description, in brackets. */
function purposeOf(schema: SchemaNode): string {
  const [purpose] = (followRef(schema).description ?? '').split('. ');
  return purpose
    ? ` (${purpose.replace(/\.$/, '').replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase())})`
    : '';
}
