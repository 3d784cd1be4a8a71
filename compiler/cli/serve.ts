/**
 * `seaworthy serve`: the runtime on a compiled policy.
 *
 * Owns the options, and that a start which fails is one line with the option that helps. The policy is found by
 * serve/find-policy.ts and kept in force until a signal by serve/until-signal.ts; a trial (`--echo`) is serve/demo.ts.
 */
import { readFile } from 'node:fs/promises';
import { type Arguments, type Command, type ExitStatus, UsageError } from './command.ts';
import { enterProject } from './enter-project.ts';
import { printOut } from './output.ts';
import { serveDemo } from './serve/demo.ts';
import { findPolicy, readPolicy } from './serve/find-policy.ts';
import { PORT_OPTIONS, readPorts, withPorts } from './serve/ports.ts';
import { serveUntilSignal } from './serve/until-signal.ts';
import { OUT_OPTION } from './spec-options.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'enforce a compiled policy in front of its services',
  options: {
    system: { kind: 'text', value: 'NAME', help: 'system whose policy is served' },
    environment: { kind: 'text', value: 'NAME', help: 'its environment' },
    policy: { kind: 'text', value: 'FILE', help: 'a policy file, instead of system and environment' },
    echo: {
      kind: 'flag',
      help: 'try it out: on loopback, with an echo in place of services and providers, and requests to copy',
    },
    ...PORT_OPTIONS,
    ...OUT_OPTION,
  },
  notes: [
    'Variables that the policy names are read; NAME_FILE may hold the path of a file with the value of NAME.',
    'With --echo, what is not set is made up or left out, and said: secrets, database, Redis, certificates, collectors.',
    'Without --echo, SEAWORTHY_DATA_DIR is where an embedded database persists (default: in memory),',
    'and SEAWORTHY_POLICY_WATCH_MS how often the policy file is looked at (default 5000, 0 for never).',
  ],
  example: 'seaworthy serve --system sim-corp --environment staging --echo',
  run,
};

const WATCH_MS = 5_000;

async function run(args: Arguments): Promise<ExitStatus> {
  const ports = readPorts(args);
  if (!args.isGiven('policy')) enterProject(args);
  const path = findPolicy(args);
  const text = readPolicy(path);
  const library = await import('../../runtime/index.ts');
  const loaded = library.loadPolicy(text);
  if (loaded.kind === 'invalid') {
    throw new UsageError(`\`${path}\` is no policy that can be enforced`, loaded.problems.join('\n  '));
  }
  if (args.flag('echo')) return serveDemo(library, loaded, ports);
  const dataDirectory = process.env['SEAWORTHY_DATA_DIR'] ?? '';
  const everyMs = Number(process.env['SEAWORTHY_POLICY_WATCH_MS'] ?? WATCH_MS);
  if (!Number.isSafeInteger(everyMs) || everyMs < 0) {
    throw new UsageError('SEAWORTHY_POLICY_WATCH_MS must be a number of milliseconds');
  }
  const runtime = library.createRuntime({
    ...loaded,
    adjust: (policy) => withPorts(policy, ports),
    env: process.env,
    log: { write: printOut },
    startSdk: library.startSdk,
    readPolicy: () => readFile(path, 'utf8'),
    ...(dataDirectory === '' ? {} : { dataDirectory }),
  });
  const reload = (): Promise<unknown> => runtime.reloadFromFile();
  process.on('SIGHUP', reload);
  let unwatch = (): void => undefined;
  try {
    const whenStarted = (): void => {
      if (everyMs === 0) return;
      const { digestOf } = library;
      unwatch = library.watchFile({ path, known: loaded.digest, everyMs, digestOf, onChange: reload });
    };
    return await serveUntilSignal(runtime, { whenStarted });
  } finally {
    unwatch();
    process.off('SIGHUP', reload);
  }
}
