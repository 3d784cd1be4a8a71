/**
 * Measures all subjects in one run.
 *
 * Owns the order: every subject is started once, then all take turns for several short rounds, so that the noise of the
 * machine falls on all alike, and the middle of the rounds is shown. CPU time for a request says most, as it hardly depends
 * on what else runs. Bounded: twenty seconds for a measurement on any machine. Loopback only.
 */
import type { ChildProcess } from 'node:child_process';
import { answer, ask, type Message, outputOf, start } from './processes.ts';
import type { Surroundings } from './subject-kinds.ts';

export interface Amount {
  readonly rounds: number;
  /** Requests of one measurement. */
  readonly requests: number;
  /** Connections with one request in flight each. */
  readonly connections: number;
}

export interface SubjectRow {
  readonly subject: string;
  readonly requestsPerSecond: number;
  /** CPU time of the subject's process for one request, in microseconds. */
  readonly cpuMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  readonly at: Message;
}

export async function startSubject(
  name: string,
  around: Surroundings,
  execArgv: readonly string[] = [],
): Promise<Running> {
  const child = start('subject', [name, JSON.stringify(around)], execArgv);
  return { name, child, at: await answer(child) };
}

export async function measureSubjects(
  names: readonly string[],
  around: Surroundings,
  { rounds, requests, connections }: Amount,
): Promise<readonly SubjectRow[]> {
  const running: Running[] = [];
  const rows = new Map<string, SubjectRow[]>(names.map((name) => [name, []]));
  try {
    for (const name of names) running.push(await startSubject(name, around));
    for (let round = 0; round <= rounds; round += 1) {
      // The first round warms up: connections, compiled code.
      const count = round === 0 ? 2 * requests : requests;
      for (const subject of running) {
        const row = await measure(subject, connections, count);
        if (round > 0) rows.get(subject.name)?.push(row);
      }
    }
  } finally {
    for (const { child } of running) child.disconnect();
  }
  return names.map((name) => middleOf(name, rows.get(name) ?? []));
}

const LONGEST_MS = 20_000;

export async function measure(
  { name, child, at }: Running,
  connections: number,
  requests: number,
  longestMs = LONGEST_MS,
): Promise<SubjectRow> {
  const { port, key } = at;
  const before = await ask(child);
  const fields = key === undefined ? [] : ['x-api-key', key];
  const load = start('load', [port, connections, requests, longestMs, ...fields].map(String));
  const { answered, refused, tookMs, p50, p99 } = JSON.parse(await outputOf(load));
  const after = await ask(child);
  if (refused > 0 || answered === 0) throw new Error(`${name}: ${refused} of ${answered} answers were not 200`);
  return {
    subject: name,
    requestsPerSecond: (answered * 1000) / tookMs,
    cpuMicros: (after.cpuMicros - before.cpuMicros) / answered,
    p50Ms: p50,
    p99Ms: p99,
  };
}

function middleOf(subject: string, rows: readonly SubjectRow[]): SubjectRow {
  if (rows.length === 0) throw new Error('no round was measured');
  const middle = (read: (row: SubjectRow) => number): number =>
    rows.map(read).sort((a, b) => a - b)[Math.floor((rows.length - 1) / 2)] ?? 0;
  return {
    subject,
    requestsPerSecond: middle((row) => row.requestsPerSecond),
    cpuMicros: middle((row) => row.cpuMicros),
    p50Ms: middle((row) => row.p50Ms),
    p99Ms: middle((row) => row.p99Ms),
  };
}
