/**
 * Asks a full stack whether it really enforces the policies of the bench, before it is measured.
 *
 * Owns the questions: only stacks that give the same answers may be compared. They go to an instance of its own with small
 * budgets, in a database of its own where there is a Redis, so that nothing is left behind for the measurement.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSubject } from './measure-subjects.ts';
import { KEY_FIELD, ORIGIN, SECURITY_HEADERS } from './stacks/policies.ts';
import type { Subject, Surroundings } from './subject-kinds.ts';

const BUDGET = 4;
const PATH = '/v1/items/17?page=2';
const LONGEST_WAIT_MS = 10_000;

/** Throws with every wrong answer. */
export async function checkAnswers(name: string, around: Surroundings): Promise<void> {
  const redis = around.redis === undefined ? {} : { redis: `${around.redis}/1` };
  const { child, at } = await startSubject(name, { ...around, ...redis, budget: BUDGET });
  try {
    const faults = [
      ...(await askWithKey(at)),
      ...(await askWithout(at)),
      ...(await askUntilRefused(at)),
      ...(await readMetrics(at)),
      ...(await readLog(around.log)),
    ];
    if (faults.length > 0) throw new Error(`${name} is not what the others are:\n${faults.join('\n')}`);
  } finally {
    child.disconnect();
  }
}

async function askWithKey(at: Subject): Promise<readonly string[]> {
  const answer = await ask(at, { [KEY_FIELD]: at.key ?? '', origin: ORIGIN });
  const { items } = (await answer.json()) as { items?: string };
  return [
    ...expect('a known key', answer.status, 200),
    ...expect('length of the body', items?.length, 188),
    ...expect('a listed origin', answer.headers.get('access-control-allow-origin'), ORIGIN),
    ...Object.entries(SECURITY_HEADERS).flatMap(([field, value]) => expect(field, sent(answer, field), value)),
    ...expect('names a limit', [...answer.headers.keys()].some(isLimitField), true),
  ];
}

async function askWithout(at: Subject): Promise<readonly string[]> {
  const preflight = await ask(at, { origin: ORIGIN, 'access-control-request-method': 'GET' }, 'OPTIONS');
  const stranger = await ask(
    at,
    { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' },
    'OPTIONS',
  );
  return [
    ...expect('no key', (await ask(at, {})).status, 401),
    ...expect('a wrong key', (await ask(at, { [KEY_FIELD]: `${at.key?.slice(0, -1)}~` })).status, 401),
    ...expect('a preflight', preflight.ok && preflight.headers.get('access-control-allow-origin'), ORIGIN),
    ...expect('a stranger', stranger.headers.get('access-control-allow-origin') === 'https://elsewhere.example', false),
  ];
}

/** One request was let through already. */
async function askUntilRefused(at: Subject): Promise<readonly string[]> {
  const statuses: number[] = [];
  while (statuses.length <= BUDGET) statuses.push((await ask(at, { [KEY_FIELD]: at.key ?? '' })).status);
  return [...expect('within the budget', statuses[0], 200), ...expect('above the budget', statuses.at(-1), 429)];
}

async function readMetrics({ metrics = '' }: Subject): Promise<readonly string[]> {
  const text = await (await fetch(metrics)).text();
  const buckets = text.split('\n').filter((line) => /_bucket\{.*le="0\.05".*\} [1-9]/.test(line));
  return expect('a histogram of requests', buckets.length > 0, true);
}

/** Lines are written in batches. */
async function readLog(path: string): Promise<readonly string[]> {
  const endMs = performance.now() + LONGEST_WAIT_MS;
  const hasLines = (): boolean => readFileSync(path, 'utf8').includes(PATH.split('?')[0] ?? PATH);
  while (!hasLines() && performance.now() < endMs) await sleep(100);
  return expect('a log line of a request', hasLines(), true);
}

function ask({ port }: Subject, headers: Record<string, string>, method = 'GET'): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${PATH}`, { method, headers });
}

const isLimitField = (field: string): boolean => field.startsWith('ratelimit');

/** Blanks between the parts of a value mean nothing. */
const sent = (answer: Response, field: string): string | undefined =>
  answer.headers.get(field)?.replaceAll(/;\s*/g, '; ');

function expect(what: string, got: unknown, wanted: unknown): readonly string[] {
  return got === wanted ? [] : [`${what}: ${String(got)}, where ${String(wanted)} is right`];
}
