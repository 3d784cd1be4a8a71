/**
 * The cost of the runtime, beside what it is built of, in one run: `npm run bench -- runtime`.
 *
 * Owns the order of measuring: every subject is started once, then all take turns for several short rounds, so that
 * noise of the machine falls on all alike. Read the ratios. CPU time for a request says most, since it hardly depends
 * on what else runs; the middle of the rounds is shown. Bounded: a minute on a quiet machine, twenty seconds a measurement on any. Loopback only.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SUBJECTS } from './runtime/subjects.ts';

export interface RuntimeBenchOptions {
  /** Default: 4. */
  readonly rounds?: number;
  /** Requests of one measurement. Default: 6000. */
  readonly requests?: number;
  /** Connections with one request in flight each. Default: 50. */
  readonly connections?: number;
  /** Names of the subjects. Default: all. */
  readonly subjects?: readonly string[];
}

export interface RuntimeBenchRow {
  readonly subject: string;
  readonly requestsPerSecond: number;
  /** CPU time of the subject's process for one request, in microseconds. */
  readonly cpuMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function benchRuntime(options: RuntimeBenchOptions = {}): Promise<readonly RuntimeBenchRow[]> {
  const { rounds = 4, requests = 6_000, connections = 50, subjects = Object.keys(SUBJECTS) } = options;
  const upstream = start('upstream.ts', []);
  const url = `http://127.0.0.1:${(await answer(upstream)).port}`;
  const running: Running[] = [];
  for (const name of subjects) {
    const child = start('subject.ts', [name, url]);
    running.push({ name, child, at: await answer(child), rows: [] as RuntimeBenchRow[] });
  }
  try {
    for (let round = 0; round <= rounds; round += 1) {
      // The first round warms up: connections, compiled code.
      const count = round === 0 ? 2 * requests : requests;
      for (const subject of running) {
        const row = await measure(subject, connections, count);
        if (round > 0) subject.rows.push(row);
      }
    }
  } finally {
    for (const child of [upstream, ...running.map((subject) => subject.child)]) child.disconnect();
  }
  return running.map(({ rows }) => middleOf(rows));
}

interface Message {
  readonly port: number;
  readonly key?: string;
  readonly cpuMicros: number;
}

interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  readonly at: Message;
  readonly rows: RuntimeBenchRow[];
}

const LONGEST_MS = 20_000;

async function measure({ name, child, at }: Running, connections: number, requests: number): Promise<RuntimeBenchRow> {
  const { port, key } = at;
  const before = await ask(child);
  const load = start(
    'load.ts',
    [port, connections, requests, LONGEST_MS, ...(key === undefined ? [] : ['x-api-key', key])].map(String),
  );
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

function middleOf(rows: readonly RuntimeBenchRow[]): RuntimeBenchRow {
  const [first] = rows;
  if (first === undefined) throw new Error('no round was measured');
  const middle = (read: (row: RuntimeBenchRow) => number): number =>
    rows.map(read).sort((a, b) => a - b)[Math.floor((rows.length - 1) / 2)] ?? 0;
  return {
    subject: first.subject,
    requestsPerSecond: middle((row) => row.requestsPerSecond),
    cpuMicros: middle((row) => row.cpuMicros),
    p50Ms: middle((row) => row.p50Ms),
    p99Ms: middle((row) => row.p99Ms),
  };
}

/** The rows as a table; the ratio is CPU time for a request against the barest proxy of the same run. */
export function renderRuntimeBench(rows: readonly RuntimeBenchRow[]): string {
  const base = rows.find(({ subject }) => subject === 'node:http + undici')?.cpuMicros;
  const head = ['subject', 'requests/s', 'CPU us/request', 'x bare proxy', 'p50 ms', 'p99 ms'];
  const cells = rows.map((row) => [
    row.subject,
    row.requestsPerSecond.toFixed(0),
    row.cpuMicros.toFixed(1),
    base === undefined ? '-' : (row.cpuMicros / base).toFixed(2),
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
  ]);
  return [head, ...cells]
    .map(([name = '', ...rest]) => name.padEnd(26) + rest.map((cell) => cell.padStart(16)).join(''))
    .join('\n');
}

// Where the machine lets us, the subject has a core of its own and all others share the rest.
const HAS_TASKSET =
  spawnSync('taskset', ['-c', '0', 'true']).status === 0 && spawnSync('taskset', ['-c', '1', 'true']).status === 0;

function start(file: string, args: readonly string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(`./runtime/${file}`, import.meta.url)), args, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (HAS_TASKSET) spawnSync('taskset', ['-a', '-p', '-c', file === 'subject.ts' ? '0' : '1', String(child.pid)]);
  return child;
}

function answer(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`a process of the benchmark ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Message);
    });
  });
}

function ask(child: ChildProcess): Promise<Message> {
  const answered = answer(child);
  child.send('usage');
  return answered;
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const subjects = process.argv.slice(2);
  console.log(renderRuntimeBench(await benchRuntime(subjects.length === 0 ? {} : { subjects })));
}
