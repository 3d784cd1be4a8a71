/**
 * What a small run costs beyond starting Node.js: one service, each command next to a `node -e 0`.
 */

import { run } from './run-program.ts';
import { pairwise, type Spread, spreadOf } from './statistics.ts';
import { NOTHING, setUpGenerated } from './workbench.ts';

export interface StartUp {
  readonly node: Spread;
  /** Milliseconds above `node -e 0`, pair by pair. */
  readonly check: Spread;
  readonly compile: Spread;
  readonly rounds: number;
}

export function measureStartUp(parent: string, rounds: number): StartUp {
  const bench = setUpGenerated(parent, 1);
  const walls = { node: [] as number[], check: [] as number[], compile: [] as number[] };
  // The first round only warms the page cache.
  for (let round = 0; round <= rounds; round += 1) {
    bench.makeCold();
    const compile = run(bench.seaworthy('compile')).wallMs;
    const node = run(NOTHING).wallMs;
    const check = run(bench.seaworthy('check')).wallMs;
    if (round === 0) continue;
    walls.node.push(node);
    walls.check.push(check);
    walls.compile.push(compile);
  }
  const aboveNode = (list: readonly number[]): Spread => spreadOf(pairwise(list, walls.node, (a, b) => a - b));
  return { node: spreadOf(walls.node), check: aboveNode(walls.check), compile: aboveNode(walls.compile), rounds };
}
