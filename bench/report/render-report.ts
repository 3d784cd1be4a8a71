/** The results as Markdown, for the terminal and for `docs/benchmark.md` alike. */
import { formatTable } from '../../tools/generate/docs.ts';
import type { Usage } from '../measure/run-program.ts';
import type { CompilerRuns, ScalingRuns } from '../measure/scaling.ts';
import type { StartUp } from '../measure/start-up.ts';
import { type Spread, spreadOf } from '../measure/statistics.ts';
import { growthOf, judge, ratios } from './aims.ts';
import type { Results } from './results.ts';

export function renderReport(results: Results): string {
  const { machine, startUp, systems, scaling } = results;
  return [
    `Measured on ${machine}. Times are medians, with the fastest and slowest run behind them.`,
    renderAims(results),
    ...(startUp === undefined ? [] : [renderStartUp(startUp)]),
    ...(systems === undefined && scaling === undefined
      ? []
      : [renderRuns([...(systems === undefined ? [] : [systems]), ...(scaling ?? [])])]),
    ...(scaling === undefined ? [] : [renderComparison(scaling), renderGrowth(scaling)]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function renderAims(results: Results): string {
  const aims = judge(results);
  if (aims.length === 0) return '';
  const rows = aims.map(({ title, limit, measured, isMet }) => [title, limit, measured, isMet ? 'met' : '**not met**']);
  return formatTable(['aim', 'limit', 'measured', ''], rows);
}

function renderStartUp({ node, check, compile, rounds }: StartUp): string {
  const rows = [
    ['`node -e 0`', milliseconds(node)],
    ['`check` above that', milliseconds(check)],
    ['`compile` above that', milliseconds(compile)],
  ];
  return formatTable([`one service, ${rounds} rounds`, 'wall time'], rows);
}

function renderRuns(list: readonly CompilerRuns[]): string {
  const rows = list.map(({ label, compile, check, unchanged, compared, output }) => [
    label,
    seconds(walls(compile)),
    megabytes(compile),
    `${output.files} files, ${(output.bytes / 1e6).toFixed(1)} MB`,
    seconds(walls(check)),
    seconds(walls(unchanged)),
    seconds(walls(compared)),
  ]);
  const head = ['services', '`compile`, cold', 'peak memory', 'output', '`check`', '`--check`', '`--check --no-cache`'];
  return formatTable(head, rows);
}

function renderComparison(scaling: readonly ScalingRuns[]): string {
  const rows = scaling.map(({ services, objects, compile, baseline }) => [
    String(services),
    String(objects.patterned + objects.literal),
    seconds(walls(baseline)),
    megabytes(baseline),
    times(spreadOf(ratios(compile, baseline))),
    times(spreadOf(compile.map(({ cpuMs }, index) => cpuMs / (baseline[index]?.cpuMs ?? Number.NaN)))),
  ]);
  const head = ['services', 'objects', 'baseline', 'peak memory', '`compile` to it, wall', 'processor'];
  return formatTable(head, rows);
}

function renderGrowth(scaling: readonly ScalingRuns[]): string {
  const rows = (['compile', 'check', 'baseline'] as const).flatMap((name) => {
    const growth = growthOf(scaling, name);
    return growth === undefined ? [] : [[name, growth.overall.toFixed(2), growth.last.toFixed(2)]];
  });
  return rows.length === 0
    ? ''
    : formatTable(['processor time grows with services to the power of', 'all sizes', 'last two'], rows);
}

const walls = (runs: readonly Usage[]): Spread => spreadOf(runs.map(({ wallMs }) => wallMs));

const megabytes = (runs: readonly Usage[]): string =>
  `${Math.round(spreadOf(runs.map(({ peakBytes }) => peakBytes)).median / 1e6)} MB`;

const milliseconds = ({ median, min, max }: Spread): string =>
  `${Math.round(median)} ms (${Math.round(min)}-${Math.round(max)})`;

const seconds = ({ median, min, max }: Spread): string => `${second(median)} s (${second(min)}-${second(max)})`;

const second = (value: number): string => (value / 1000).toFixed(2);

const times = ({ median, min, max }: Spread): string => `${median.toFixed(2)} x (${min.toFixed(2)}-${max.toFixed(2)})`;
