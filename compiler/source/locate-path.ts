/**
 * From a path in the value back to the node that says it.
 *
 * Owns following aliases and merge keys the way `build-value.ts` applies them, so that a merged value points at the anchor where it is
 * written. Paths are followed on demand: most values are never asked for.
 */
import { type Alias, isAlias, isMap, isNode, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import { isMergeKey, keyText } from './build-value.ts';
import type { SpecPath } from './source-document.ts';

export interface Located {
  /** The value as written; an alias when the value is one. */
  readonly value: Node;
  /** The key in front of it; absent for the root, for items of a list and for paths that lead too far. */
  readonly key: Node | undefined;
}

/** The node at the path, or at the longest part of it that exists. */
export function locatePath(root: Node, targets: ReadonlyMap<Alias, Node>, path: SpecPath): Located {
  let located: Located = { value: root, key: undefined };
  for (const segment of path) {
    const next = step(follow(located.value, targets), targets, segment);
    if (!next) return { value: located.value, key: undefined };
    located = next;
  }
  return located;
}

function step(node: Node, targets: ReadonlyMap<Alias, Node>, segment: string | number): Located | undefined {
  if (isMap(node)) return entry(node, targets, String(segment));
  const item: unknown = isSeq(node) && typeof segment === 'number' ? node.items[segment] : undefined;
  return isNode(item) ? { value: item, key: undefined } : undefined;
}

function entry(map: YAMLMap, targets: ReadonlyMap<Alias, Node>, name: string): Located | undefined {
  const own = map.items.find((pair) => keyText(pair.key) === name && !isMergeKey(pair.key));
  if (own) return fromPair(own);
  const merge = map.items.find((pair) => isMergeKey(pair.key))?.value;
  if (!isNode(merge)) return undefined;
  const merged = follow(merge, targets);
  const sources: readonly unknown[] = isSeq(merged) ? merged.items : [merged];
  for (const source of sources) {
    const map = isNode(source) ? follow(source, targets) : undefined;
    const found = isMap(map) ? entry(map, targets, name) : undefined;
    if (found) return found;
  }
  return undefined;
}

// An explicit key without a value (`? key`) has no value node; its key stands for both.
function fromPair({ key, value }: Pair): Located | undefined {
  if (!isNode(key)) return undefined;
  return { key, value: isNode(value) ? value : key };
}

const follow = (node: Node, targets: ReadonlyMap<Alias, Node>): Node =>
  isAlias(node) ? (targets.get(node) ?? node) : node;
