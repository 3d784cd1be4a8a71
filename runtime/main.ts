/**
 * The gateway as a program: `node runtime/main.ts policy.json`.
 *
 * The only reader of the process's arguments, environment and signals. Exit status: 0 after a drain in which nothing was
 * cut, 1 when requests were cut or on a bug, 2 when the policy or the environment does not allow a start.
 */
import { readFile } from 'node:fs/promises';
import { readInteger } from './environment/read-value.ts';
import { createRuntime } from './process/create-runtime.ts';
import { digestOf, loadPolicy } from './process/load-policy.ts';
import type { LoadedPolicy, Runtime } from './process/runtime.ts';
import { watchFile } from './process/watch-file.ts';
import { openLogDestination } from './telemetry/open-log-destination.ts';
import { startSdk } from './telemetry/start-sdk.ts';

const USAGE = `usage: main POLICY
  POLICY               path of policy.json; or set SEAWORTHY_POLICY
  NAME_FILE            path of a file with the value of the variable NAME, for every NAME of the policy
  SEAWORTHY_DATA_DIR   where the embedded database persists; without it, in memory
  SEAWORTHY_POLICY_WATCH_MS
                       how often the policy file is looked at for a change that is put in force at once;
                       default 5000, 0 for never. SIGHUP does the same on demand
example: main generated/sim-corp/development/runtime/policy.json
`;
const CANNOT_START = 2;
const WATCH_MS = 5_000;

const destination = openLogDestination(1);

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

  const everyMs = readInteger(process.env['SEAWORTHY_POLICY_WATCH_MS'] ?? String(WATCH_MS));
  if (everyMs === undefined || everyMs < 0)
    return refuse(['SEAWORTHY_POLICY_WATCH_MS must be a number of milliseconds']);
  await run(path, loaded, everyMs);
}

async function run(path: string, loaded: LoadedPolicy, watchMs: number): Promise<void> {
  const dataDirectory = process.env['SEAWORTHY_DATA_DIR'];
  const runtime = createRuntime({
    ...loaded,
    env: process.env,
    log: destination,
    startSdk,
    readPolicy: () => readFile(path, 'utf8'),
    ...(dataDirectory === undefined || dataDirectory === '' ? {} : { dataDirectory }),
  });
  watchCrashes(runtime);
  const isStopping = stopOnSignals(runtime);
  const reload = (): Promise<unknown> => runtime.reloadFromFile();
  process.on('SIGHUP', reload);
  const result = await runtime.start();
  // Who stopped it knows why it did not start.
  if (result.kind === 'refused') return isStopping() ? undefined : refuse(result.reasons);
  if (watchMs > 0) watchFile({ path, known: loaded.digest, everyMs: watchMs, digestOf, onChange: reload });
}

/** The answer tells whether there was a signal. */
function stopOnSignals(runtime: Runtime): () => boolean {
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    // Who asks twice does not want to wait.
    if (signals > 1) exit(1);
    else
      runtime
        .stop()
        .then(async ({ cut }) => {
          await destination.close();
          exit(cut === 0 ? 0 : 1);
        })
        .catch(fail);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return () => signals > 0;
}

/** A bug outside any request ends the process, after it was told of. */
function watchCrashes(runtime: Runtime): void {
  process.off('uncaughtException', fail);
  process.on('uncaughtException', (error) => runtime.reportCrash(error).finally(() => fail(error)));
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

process.on('uncaughtException', fail);
main().catch(fail);
