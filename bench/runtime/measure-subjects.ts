/**
 * Measures all subjects in one run.
 *
 * Owns the order: every subject is started once, then all take turns for several short rounds, so that the noise of the
 * machine falls on all alike. The middle of the rounds is shown, and two subjects are compared round by round. CPU time for a
 * request says most, as it hardly depends on what else runs. Bounded: twenty seconds for a measurement on any machine.
 * Loopback only.
 */
import type { ChildProcess } from 'node:child_process';
import { spreadOf } from '../measure/statistics.ts';
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
  /** How many were answered. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** CPU time of the subject's process for one request, in microseconds. */
  readonly cpuMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface SubjectRounds {
  readonly subject: string;
  /** In the order of the rounds, which is the same for all subjects. */
  readonly rounds: readonly SubjectRow[];
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
): Promise<readonly SubjectRounds[]> {
  const running: Running[] = [];
  const rows = new Map<string, SubjectRow[]>(names.map((name) => [name, []]));
  try {
    for (const name of names) running.push(await startSubject(name, around));
    for (let round = 0; round <= rounds; round += 1) {
      // The first round warms up: connections, compiled code.
      const count = round === 0 ? 2 * requests : requests;
      for (const subject of running) {
        const row = await measure(subject, { connections, requests: count });
        if (round > 0) rows.get(subject.name)?.push(row);
      }
    }
  } finally {
    for (const { child } of running) child.disconnect();
  }
  return names.map((subject) => ({ subject, rounds: rows.get(subject) ?? [] }));
}

const LONGEST_MS = 20_000;

/** How a subject is loaded. */
export interface Load {
  readonly connections: number;
  readonly requests: number;
  readonly longestMs?: number;
  /** Requests a second; default: as many as go. */
  readonly rate?: number;
}

export async function measure(
  { name, child, at }: Running,
  { connections, requests, ...how }: Load,
): Promise<SubjectRow> {
  const { port, key } = at;
  const before = await ask(child);
  const fields = key === undefined ? [] : ['x-api-key', key];
  const { longestMs = LONGEST_MS, rate = 0 } = how;
  const load = start('load', [port, connections, requests, longestMs, rate, ...fields].map(String));
  const { answered, refused, tookMs, p50, p99 } = JSON.parse(await outputOf(load));
  const after = await ask(child);
  if (refused > 0 || answered === 0) throw new Error(`${name}: ${refused} of ${answered} answers were not 200`);
  return {
    subject: name,
    requests: answered,
    requestsPerSecond: (answered * 1000) / tookMs,
    cpuMicros: (after.cpuMicros - before.cpuMicros) / answered,
    p50Ms: p50,
    p99Ms: p99,
  };
}

/** The middle of the rounds, each figure on its own. */
export function middleOf({ subject, rounds }: SubjectRounds): SubjectRow {
  const middle = (read: (row: SubjectRow) => number): number => spreadOf(rounds.map(read)).median;
  return {
    subject,
    requests: middle((row) => row.requests),
    requestsPerSecond: middle((row) => row.requestsPerSecond),
    cpuMicros: middle((row) => row.cpuMicros),
    p50Ms: middle((row) => row.p50Ms),
    p99Ms: middle((row) => row.p99Ms),
  };
}
