/** What was measured of the runtime as Markdown, for the terminal and for `docs/benchmark.md` alike. */
import { formatTable } from '../../tools/generate/docs.ts';
import type { RuntimeBench } from '../runtime/bench-runtime.ts';
import type { LimiterRow } from '../runtime/limiters.ts';
import { middleOf, type SubjectRounds } from '../runtime/measure-subjects.ts';
import { judgeRuntime } from './runtime-aims.ts';

const BAREST = 'node:http + undici';

export function renderRuntimeReport({ machine, ...bench }: RuntimeBench & { readonly machine: string }): string {
  const { subjects, limiters } = bench;
  return [
    `Measured on ${machine}. Medians; the ratio is CPU time for a request against the barest proxy. An aim is the median of the ratios of its rounds, with the lowest and highest behind it.`,
    renderAims(bench),
    renderSubjects(subjects),
    renderLimiters(limiters),
  ].join('\n\n');
}

function renderAims(bench: RuntimeBench): string {
  const rows = judgeRuntime(bench).map(({ title, limit, measured, isMet }) => [
    title,
    limit,
    measured,
    isMet ? 'met' : '**not met**',
  ]);
  return formatTable(['aim, in CPU time', 'limit', 'measured', ''], rows);
}

function renderSubjects(subjects: readonly SubjectRounds[]): string {
  const middles = subjects.map(middleOf);
  const base = middles.find(({ subject }) => subject === BAREST)?.cpuMicros ?? Number.NaN;
  const rows = middles.map(({ subject, cpuMicros, requestsPerSecond, p50Ms, p99Ms }) => [
    subject,
    `${cpuMicros.toFixed(1)} us`,
    `${(cpuMicros / base).toFixed(2)} x`,
    requestsPerSecond.toFixed(0),
    `${p50Ms.toFixed(2)} ms`,
    `${p99Ms.toFixed(2)} ms`,
  ]);
  return formatTable(['subject', 'CPU for a request', 'ratio', 'requests/s', 'p50', 'p99'], rows);
}

function renderLimiters(limiters: readonly LimiterRow[]): string {
  const rows = limiters.map(({ limiter, store, limits, cpuMicros, decisionsPerSecond }) => [
    limiter,
    store,
    String(limits),
    `${cpuMicros.toFixed(2)} us`,
    decisionsPerSecond.toFixed(0),
  ]);
  return formatTable(['limiter alone', 'counted in', 'limits', 'CPU for a decision', 'decisions/s'], rows);
}
