/** A profile as Markdown: first the stages, then the functions. */
import { formatTable } from '../../tools/generate/docs.ts';
import type { CompileProfile, SourceTime } from './profile-compile.ts';

const MOST_STAGES = 16;
const MOST_FUNCTIONS = 24;

export function renderProfile({ services, times }: CompileProfile): string {
  const total = sum(times);
  const stages = new Map<string, SourceTime[]>();
  for (const time of times) {
    const stage = stageOf(time);
    const list = stages.get(stage);
    if (list === undefined) stages.set(stage, [time]);
    else list.push(time);
  }
  const share = (milliseconds: number): string => `${((100 * milliseconds) / total).toFixed(1)} %`;
  const stageRows = [...stages]
    .map(([stage, list]) => ({ stage, milliseconds: sum(list) }))
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, MOST_STAGES)
    .map(({ stage, milliseconds }) => [stage, milliseconds.toFixed(0), share(milliseconds)]);
  const functionRows = times
    .slice(0, MOST_FUNCTIONS)
    .map(({ source, name, line, milliseconds }) => [
      source.startsWith('(') ? name : `\`${name}\` ${source}:${line}`,
      milliseconds.toFixed(0),
      share(milliseconds),
    ]);
  return [
    `One cold compile of ${services} services under the profiler: ${(total / 1000).toFixed(1)} s.`,
    formatTable(['part', 'ms', 'share'], stageRows),
    formatTable(['function, without what it calls', 'ms', 'share'], functionRows),
  ].join('\n\n');
}

/** The folder of a stage, an emitter or a package. */
function stageOf({ source, name }: SourceTime): string {
  if (source.startsWith('(')) return name;
  if (source.startsWith('node:')) return source;
  const [top = '', second = '', third = ''] = source.split('/');
  if (top !== 'compiler') return source.includes('/') && !source.startsWith('@') ? `${top}/` : `package ${source}`;
  if (third === '') return 'compiler/';
  return second === 'emitters' && !third.endsWith('.ts') ? `compiler/emitters/${third}/` : `compiler/${second}/`;
}

const sum = (times: readonly SourceTime[]): number =>
  times.reduce((total, { milliseconds }) => total + milliseconds, 0);
