/**
 * The fields of the runtime policy, and which of them a policy says. A field that no compiled system says needs a demand, in
 * `policy-fields.yaml` beside this file, or goes.
 *
 * Owns the spelling of a field: a JSON pointer with `*` for any name or index.
 */

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

/** A JSON Schema of whoever writes the policy; what it holds is no field of ours. */
const FOREIGN = '/routes/*/body';

/** Fields that hold no further ones, sorted. */
export function leavesOf(root: Schema): readonly string[] {
  const leaves = new Set<string>();
  const walk = (schema: Schema, at: string): void => {
    const below = at === FOREIGN ? [] : childrenOf(follow(schema, root));
    for (const [key, child] of below) walk(child, key === '' ? at : `${at}/${key}`);
    if (below.length === 0 && at !== '') leaves.add(at);
  };
  walk(root, '');
  return [...leaves].sort();
}

/** An alternative counts only for the fields that it has: a plain constant among objects is no field. */
function childrenOf({ properties = {}, additionalProperties, items, oneOf = [], anyOf = [] }: Schema) {
  const own = Object.entries(properties);
  const arms = [...oneOf, ...anyOf].filter((arm) => arm.$ref !== undefined || arm.properties !== undefined);
  return [
    ...own,
    ...(typeof additionalProperties === 'object' ? [['*', additionalProperties] as const] : []),
    ...(items === undefined ? [] : [['*', items] as const]),
    ...arms.map((arm) => ['', arm] as const),
  ];
}

function follow(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.slice('#/$defs/'.length);
  const target = name === undefined ? undefined : root.$defs?.[name];
  return target === undefined ? schema : follow({ ...target, ...omitRef(schema) }, root);
}

const omitRef = ({ $ref: _followed, ...rest }: Schema): Schema => rest;

/** Every place of a value, spelled out. */
export function placesOf(value: unknown, at = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, item]) => placesOf(item, `${at}/${key}`))];
}

/** Whether a field is one of the places. */
export function isSaid(leaf: string, places: readonly string[]): boolean {
  const pattern = new RegExp(`^${leaf.split('/').map(toPart).join('/')}$`);
  return places.some((place) => pattern.test(place));
}

const toPart = (key: string): string => (key === '*' ? '[^/]+' : key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
