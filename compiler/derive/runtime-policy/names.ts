/**
 * Names inside the runtime policy: at most 63 lower-case letters, digits and hyphens, made from ids of the model that are longer and hold slashes.
 */
import { createHash } from 'node:crypto';

const LONGEST = 63;

/**
 * Joins the parts with hyphens. Where two ids would get one name, or a name would be too long, it ends in eight digits of the id's
 * digest, so that a name never depends on what else the system holds in which order.
 */
export function policyNames(ids: Iterable<string>): ReadonlyMap<string, string> {
  const unique = [...new Set(ids)];
  const plain = unique.map((id) => id.replaceAll('/', '-'));
  const uses = new Map<string, number>();
  for (const name of plain) uses.set(name, (uses.get(name) ?? 0) + 1);
  const isClear = (name: string) => name.length <= LONGEST && uses.get(name) === 1;
  return new Map(unique.map((id, index) => [id, plainOrDigested(id, plain[index] ?? id, isClear)]));
}

function plainOrDigested(id: string, name: string, isClear: (name: string) => boolean): string {
  if (isClear(name)) return name;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 8);
  return `${name.slice(0, LONGEST - 9).replace(/-+$/, '')}-${digest}`;
}
