/**
 * Circular imports: groups of modules of which each reaches every other one (strongly connected components, after Tarjan).
 *
 * Imports of types count: two files that need each other's types are one idea in two places, or a type in the wrong one.
 */
import type { SourceModule } from './graph.ts';

/** The paths of each circle. Dynamic imports are no edge: what is loaded later may know who loads it. */
export function findCircles(modules: readonly SourceModule[]): readonly (readonly string[])[] {
  const edges = edgesOf(modules);
  const order = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];

  /** The place in the order of the earliest open module that `path` reaches. */
  function visit(path: string): number {
    const index = order.size;
    order.set(path, index);
    open.push(path);
    const reached = (edges.get(path) ?? []).map((target) => {
      if (!order.has(target)) return visit(target);
      return open.includes(target) ? (order.get(target) ?? index) : index;
    });
    const earliest = Math.min(index, ...reached);
    if (earliest === index) close(path);
    return earliest;
  }
  function close(path: string): void {
    const circle = open.splice(open.indexOf(path));
    if (circle.length > 1) circles.push(circle);
  }
  for (const path of edges.keys()) if (!order.has(path)) visit(path);
  return circles;
}

function edgesOf(modules: readonly SourceModule[]): ReadonlyMap<string, readonly string[]> {
  const known = new Set(modules.map(({ path }) => path));
  return new Map(
    modules.map(({ path, imports }) => [
      path,
      imports.flatMap(({ target, kind }) =>
        target !== undefined && kind !== 'dynamic' && known.has(target) ? [target] : [],
      ),
    ]),
  );
}
