/**
 * Damage to data, on purpose: a key dropped, a value of another type, a field too much.
 *
 * Owns the places that can be damaged and what is put there. Chosen by numbers, so that a test can be repeated.
 */

interface Place {
  readonly holder: object;
  readonly key: string;
}

export const placesIn = (value: unknown): readonly Place[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, item]) => [{ holder: value, key }, ...placesIn(item)]);

export const JUNK: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  'x',
  '0',
  '15',
  '15m',
  '1ms',
  '99999999d',
  '5/s',
  '0.0000001/d',
  '100%',
  '512Mi',
  '* * * * *',
  '/',
  '/a b',
  '/*',
  'a'.repeat(300),
  'A_B',
  '1a',
  '../x',
  '{{ x }}',
  '$x',
  '"',
  '\n',
  'é',
  '10.0.0.0/8',
  'https://*',
  'redis',
  'postgresql',
  'none',
  'user',
  'gateway',
  'production',
  0,
  -1,
  1.5,
  1e21,
  70000,
  [],
  [[]],
  ['a', 'a'],
  {},
  { a: 1 },
  { name: 'x' },
  [{ name: 'x' }],
];

/** Damages one of the places; none when there is no place. */
export function damageAt(places: readonly Place[], seed: number, action: string, junk: unknown): void {
  const place = places[seed % Math.max(places.length, 1)];
  const other = places[(seed * 7 + 3) % Math.max(places.length, 1)];
  if (place === undefined || other === undefined) return;
  const { holder, key } = place;
  if (action === 'drop') {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else Reflect.deleteProperty(holder, key);
  } else if (action === 'add')
    Reflect.set(holder, Array.isArray(holder) ? holder.length : 'extra', structuredClone(junk));
  else if (action === 'replace') Reflect.set(holder, key, structuredClone(junk));
  else Reflect.set(holder, key, structuredClone(Reflect.get(other.holder, other.key)));
}
