/**
 * The one way to write a test file: `describe(name, (it) => { it('claim', run) })`.
 *
 * Owns what uvu leaves open: a suite always runs, a suite without a test fails, and the process ends with one machine-readable
 * line of counts, so that a runner can tell "all passed" from "nothing ran". Relies on uvu for running and reporting.
 * A test that cannot run here throws `SkipTest`; it is counted apart and said out loud.
 */
import { suite } from 'uvu';
import { gatherEvidence } from './evidence.ts';
import { SkipTest } from './skip-test.ts';
import { type Proof, parseTitle, REPORT_PREFIX, type SuiteReport } from './suite-report.ts';

/** Registers one test. The title reads as a claim; variants follow after ` :: `. */
export type It = (title: string, run: () => void | Promise<void>) => void;

const report = { registered: 0, passed: 0, failed: 0, skipped: 0 };
const proofs: Proof[] = [];
const bodies: Promise<() => void>[] = [];
let isStarted = false;

/** Declares a suite and runs it, once every suite of the file is declared. Suites run one after the other, in file order. */
export function describe(name: string, body: (it: It) => void | Promise<void>): void {
  if (isStarted)
    throw new Error(
      `describe('${name}') came after the suites began to run; declare suites before any top-level await`,
    );
  if (bodies.length === 0) {
    setImmediate(startAll);
    process.on('exit', reportAtExit);
  }
  bodies.push(declare(name, body));
}

async function startAll(): Promise<void> {
  const starters = await Promise.all(bodies);
  isStarted = true;
  for (const start of starters) start();
}

/** Runs the body and gives back the function that hands the finished suite to uvu. */
async function declare(name: string, body: (it: It) => void | Promise<void>): Promise<() => void> {
  const tests = suite(name);
  let count = 0;
  let isOpen = true;
  const add = (title: string, run: () => void | Promise<void>): void => {
    if (!isOpen)
      throw new Error(`it('${title}') came after its suite '${name}' was declared; await inside the suite's body`);
    count += 1;
    report.registered += 1;
    tests(title, () => record(name, title, run));
  };
  try {
    await body(add);
    if (count === 0) add('holds at least one test', () => Promise.reject(new Error(`suite '${name}' holds no test`)));
  } catch (error) {
    add('can be declared', () => Promise.reject(error));
  }
  isOpen = false;
  return () => tests.run();
}

async function record(suiteName: string, title: string, run: () => void | Promise<void>): Promise<void> {
  const { outcome, evidence } = await gatherEvidence(run);
  const error: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
  const isSkipped = error instanceof SkipTest;
  const result = outcome.status === 'fulfilled' ? 'passed' : isSkipped ? 'skipped' : 'failed';
  report[result] += 1;
  const { controls, text } = parseTitle(title);
  if (controls.length > 0) proofs.push({ controls, title: text, result, ...evidence });
  if (isSkipped) process.stderr.write(`\nSKIPPED ${suiteName} > ${title}: ${error.message}\n`);
  else if (result === 'failed') throw error;
}

// At exit rather than after the last test: a process that dies or hangs half-way still tells how far it came.
function reportAtExit(): void {
  const isComplete = isStarted && report.passed + report.failed + report.skipped === report.registered;
  if (!isComplete || report.failed > 0) process.exitCode ||= 1;
  process.stdout.write(`${REPORT_PREFIX}${JSON.stringify({ ...report, proofs } satisfies SuiteReport)}\n`);
}
