/**
 * The gateway as a program: `node runtime/main.ts policy.json`.
 *
 * The only reader of the process's arguments, environment and signals. Exit status: 0 after a drain in which nothing was
 * cut, 1 when requests were cut or on a bug, 2 when the policy or the environment does not allow a start.
 */
import { readFile } from 'node:fs/promises';
import { createRuntime, type Runtime } from './create-runtime.ts';
import { loadPolicy } from './load-policy.ts';
import { openLogDestination } from './telemetry/open-log-destination.ts';

const USAGE = `usage: main POLICY
  POLICY               path of policy.json; or set SEAWORTHY_POLICY
  SEAWORTHY_DATA_DIR   where the embedded database persists; without it, in memory
example: main generated/sim-corp/development/runtime/policy.json
`;
const CANNOT_START = 2;

const destination = openLogDestination(1);
let runtime: Runtime | undefined;

async function main(): Promise<void> {
  const path = process.argv[2] ?? process.env['SEAWORTHY_POLICY'];
  if (path === undefined || path.startsWith('-')) {
    process.stderr.write(USAGE);
    process.exitCode = path === '--help' || path === '-h' ? 0 : CANNOT_START;
    return;
  }
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) return refuse([`${path}: cannot be read (${text.code ?? text.message})`]);
  const loaded = loadPolicy(text);
  if (loaded.kind === 'invalid') return refuse(loaded.problems.map((problem) => `${path}: ${problem}`));

  const dataDirectory = process.env['SEAWORTHY_DATA_DIR'];
  const started = createRuntime({
    ...loaded,
    env: process.env,
    log: destination,
    ...(dataDirectory === undefined || dataDirectory === '' ? {} : { dataDirectory }),
  });
  runtime = started;
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    // Who asks twice does not want to wait.
    if (signals > 1) exit(1);
    else
      started
        .stop()
        .then(async ({ cut }) => {
          await destination.close();
          exit(cut === 0 ? 0 : 1);
        })
        .catch(fail);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const result = await started.start();
  if (result.kind === 'refused') refuse(result.reasons);
}

function refuse(reasons: readonly string[]): void {
  process.stderr.write(reasons.map((reason) => `seaworthy: ${reason}\n`).join(''));
  exit(CANNOT_START);
}

function fail(error: unknown): void {
  process.stderr.write(`seaworthy: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  exit(1);
}

function exit(code: number): void {
  // The last lines say why: they must not stay in memory.
  destination.flushSync();
  process.exit(code);
}

process.on('uncaughtException', (error) => {
  const told = runtime?.reportCrash(error) ?? Promise.resolve();
  told.finally(() => fail(error));
});
main().catch(fail);
