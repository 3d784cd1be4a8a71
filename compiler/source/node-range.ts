/**
 * Where a YAML node begins and ends, as a person would mark it.
 *
 * Owns the trimming: the package counts trailing line ends and comments to a block collection or block scalar; a marked range does not.
 */
import { isCollection, isNode, isPair, type Node } from 'yaml';

/** Offsets into the text, the end exclusive. */
export type TextRange = readonly [start: number, end: number];

export function nodeRange(node: Node, text: string): TextRange {
  const start = node.range?.[0] ?? 0;
  let end = Math.max(endOf(node), start);
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return [start, end];
}

function endOf(node: Node): number {
  const end = node.range?.[1] ?? 0;
  if (!isCollection(node) || node.flow) return end;
  const last: unknown = node.items.at(-1);
  if (!isPair(last)) return isNode(last) ? endOf(last) : end;
  return Math.max(isNode(last.key) ? endOf(last.key) : 0, isNode(last.value) ? endOf(last.value) : 0) || end;
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
