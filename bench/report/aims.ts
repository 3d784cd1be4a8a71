/**
 * The aims, each judged by what one run measured.
 *
 * Owns the limits. They are relative, to `node -e 0`, to the baseline or to another size, so that they mean the same on every machine.
 */

import type { Usage } from '../measure/run-program.ts';
import type { ScalingRuns } from '../measure/scaling.ts';
import { fitExponent, pairwise, spreadOf } from '../measure/statistics.ts';
import type { Results } from './results.ts';

export interface Aim {
  readonly title: string;
  readonly limit: string;
  readonly measured: string;
  readonly isMet: boolean;
}

export function judge({ startUp, scaling }: Results): readonly Aim[] {
  const aims: Aim[] = [];
  if (startUp !== undefined) {
    aims.push(startUpAim('check', startUp.check.median, startUp.node.median));
    aims.push(startUpAim('compile', startUp.compile.median, startUp.node.median));
  }
  const large = scaling?.find(({ services }) => services === 500);
  if (large !== undefined) aims.push(baselineAim(large), unchangedAim(large));
  const growth = scaling === undefined ? undefined : growthOf(scaling, 'compile');
  if (growth !== undefined) aims.push(growthAim(growth));
  return aims;
}

/** In milliseconds above `node -e 0`. */
const START_UP_LIMITS = { check: 60, compile: 120 } as const;

/** What Node.js alone took stands beside it: on a machine that is slow or busy both grow. */
const startUpAim = (command: keyof typeof START_UP_LIMITS, median: number, node: number): Aim => ({
  title: `\`${command}\` of one service above \`node -e 0\``,
  limit: `at most ${START_UP_LIMITS[command]} ms`,
  measured: `${Math.round(median)} ms, where \`node -e 0\` takes ${Math.round(node)} ms`,
  isMet: median <= START_UP_LIMITS[command],
});

function baselineAim(runs: ScalingRuns): Aim {
  const { median } = spreadOf(ratios(runs.compile, runs.baseline));
  return {
    title: '`compile` of 500 services to the baseline, wall time',
    limit: 'at most 3 x',
    measured: `${median.toFixed(2)} x`,
    isMet: median <= 3,
  };
}

function unchangedAim(runs: ScalingRuns): Aim {
  const { median } = spreadOf(ratios(runs.unchanged, runs.compile));
  return {
    title: '`compile --check` of an unchanged tree to the cold run, 500 services',
    limit: 'well below: at most 0.5 x',
    measured: `${median.toFixed(2)} x`,
    isMet: median <= 0.5,
  };
}

/** Over all sizes, and from the last but one to the last: there a part that grows faster shows first. */
const growthAim = ({ overall, last }: Growth): Aim => ({
  title: 'Growth of `compile` in processor time, as a power of the number of services',
  limit: 'at most 1.05',
  measured: `${overall.toFixed(2)} over all sizes, ${last.toFixed(2)} over the last two`,
  isMet: Math.max(overall, last) <= 1.05,
});

/** Wall time of each run to that of the run beside it. */
export const ratios = (upper: readonly Usage[], lower: readonly Usage[]): readonly number[] =>
  pairwise(
    upper.map(({ wallMs }) => wallMs),
    lower.map(({ wallMs }) => wallMs),
    (a, b) => a / b,
  );

export interface Growth {
  readonly overall: number;
  readonly last: number;
}

/**
 * From 100 services on; below that the start of the program is most of the cost. Fitted within each round, and then the median of rounds.
 * Undefined with fewer than two such sizes.
 */
export function growthOf(scaling: readonly ScalingRuns[], of: 'compile' | 'check' | 'baseline'): Growth | undefined {
  const large = scaling.filter(({ services }) => services >= 100);
  if (large.length < 2) return undefined;
  const rounds = Math.min(...large.map((runs) => runs[of].length));
  const fits = Array.from({ length: rounds }, (_, round) => {
    const points = large.map((runs) => ({ size: runs.services, cost: runs[of][round]?.cpuMs ?? Number.NaN }));
    return { overall: fitExponent(points), last: fitExponent(points.slice(-2)) };
  });
  const median = (read: (growth: Growth) => number): number => spreadOf(fits.map(read)).median;
  return { overall: median(({ overall }) => overall), last: median(({ last }) => last) };
}
