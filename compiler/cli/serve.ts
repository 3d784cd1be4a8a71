/**
 * `seaworthy serve`: the runtime on a compiled policy.
 *
 * Owns finding the policy, the overrides of the command line and the end on a signal. With `--echo` it is a trial: loopback, an echo in
 * place of every service, an empty embedded database and no environment variable, so that it can touch nothing real.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import { type Arguments, type Command, type ExitStatus, UsageError } from './command.ts';
import { printError, printOut } from './output.ts';
import { choosePort, describeTrial, prepareTrial } from './serve-trial.ts';
import { OUT_OPTION, outRootOf } from './spec-options.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'enforce a compiled policy in front of its services',
  options: {
    system: { kind: 'text', value: 'NAME', help: 'system whose policy is served' },
    environment: { kind: 'text', value: 'NAME', help: 'its environment' },
    policy: { kind: 'text', value: 'FILE', help: 'a policy file, instead of system and environment' },
    echo: {
      kind: 'flag',
      help: 'try it out: on loopback, with an echo in place of the services, and requests to copy',
    },
    port: { kind: 'text', value: 'PORT', help: 'port for requests (default: that of the policy; 0 for any)' },
    ...OUT_OPTION,
  },
  notes: [
    'Values of environment variables that the policy names are read, except with --echo.',
    'SEAWORTHY_DATA_DIR is where an embedded database persists; without it, in memory.',
  ],
  example: 'seaworthy serve --system sim-corp --environment staging --echo',
  run,
};

async function run(args: Arguments): Promise<ExitStatus> {
  const port = parsePort(args.text('port'));
  const path = findPolicy(args);
  const text = readPolicy(path);
  const library = await import('../../runtime/index.ts');
  const loaded = library.loadPolicy(text);
  if (loaded.kind === 'invalid') {
    throw new UsageError(`\`${path}\` is no policy that can be enforced`, loaded.problems.join('\n  '));
  }
  const { policy, digest } = loaded;
  if (!args.flag('echo')) {
    const listen = { ...policy.listen, port: port ?? policy.listen.port };
    const dataDirectory = process.env['SEAWORTHY_DATA_DIR'];
    const runtime = library.createRuntime({
      policy: { ...policy, listen },
      digest,
      env: process.env,
      log: { write: printOut },
      ...(dataDirectory === undefined || dataDirectory === '' ? {} : { dataDirectory }),
    });
    return serveUntilSignal(runtime, () => undefined);
  }
  const echo = await library.startEchoUpstream();
  try {
    const trial = await prepareOnFreePorts(library.withEchoUpstream(policy, echo.url), port);
    const runtime = library.createRuntime({ policy: trial, digest, env: {}, log: { write: printError } });
    return await serveUntilSignal(runtime, async (addresses) => {
      const key = await runtime.issueApiKey({ label: 'demo' });
      printOut(describeTrial(trial, { ...addresses, key: key?.text }));
    });
  } finally {
    await echo.close();
  }
}

const prepareOnFreePorts = async (policy: RuntimePolicy, port: number | undefined): Promise<RuntimePolicy> =>
  prepareTrial(policy, port ?? (await choosePort(policy.listen.port)), await choosePort(policy.admin.port));

type Library = typeof import('../../runtime/index.ts');

async function serveUntilSignal(
  runtime: ReturnType<Library['createRuntime']>,
  whenStarted: (addresses: { readonly url: string; readonly adminUrl: string }) => void | Promise<void>,
): Promise<ExitStatus> {
  const signal = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        // Who asks twice does not want to wait.
        process.once(name, () => process.exit(1));
        resolve();
      });
    }
  });
  const started = await runtime.start().catch(explainFailedStart);
  if (started.kind === 'refused') throw new UsageError(started.reasons.join('\n  '));
  await whenStarted(started);
  await signal;
  const { cut } = await runtime.stop();
  return cut === 0 ? 0 : 1;
}

function explainFailedStart(error: unknown): never {
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'EADDRINUSE')
      throw new UsageError('the port is in use by another program', 'Choose one with `--port PORT`.');
    if (error.code === 'EACCES')
      throw new UsageError('the port is reserved for root', 'Choose one above 1023 with `--port PORT`.');
  }
  throw error;
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`\`${text}\` is no port`, 'Ports go from 0 to 65535.');
  return Number(text);
}

function findPolicy(args: Arguments): string {
  const given = args.text('policy');
  if (given !== undefined) return given;
  const root = outRootOf(args);
  const system = choose('system', args.text('system'), foldersWithPolicy(root));
  const environment = choose('environment', args.text('environment'), foldersWithPolicy(`${root}/${system}`));
  return `${root}/${system}/${environment}/runtime/policy.json`;
}

/** The one that is named, or the only one there is. */
function choose(kind: string, name: string | undefined, known: readonly string[]): string {
  const only = known.length === 1 ? known[0] : undefined;
  const chosen = name ?? only;
  if (chosen !== undefined && known.includes(chosen)) return chosen;
  if (known.length === 0)
    throw new UsageError(
      'there is no compiled policy',
      'Run `seaworthy compile` first; the system must want the target `runtime`.',
    );
  if (chosen === undefined)
    throw new UsageError(`name the ${kind} with \`--${kind}\``, `There is ${known.join(', ')}.`);
  const near = suggestName(chosen, known);
  throw new UsageError(
    `no policy is compiled for the ${kind} \`${chosen}\``,
    near === undefined ? `There is ${known.join(', ')}.` : `Did you mean \`${near}\`?`,
  );
}

function foldersWithPolicy(root: string): readonly string[] {
  if (!existsSync(root)) return [];
  const folders = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
  );
  const hasPolicy = (folder: string): boolean =>
    existsSync(`${folder}/runtime/policy.json`) ||
    readdirSync(folder).some((name) => existsSync(`${folder}/${name}/runtime/policy.json`));
  return folders
    .map(({ name }) => name)
    .filter((name) => hasPolicy(`${root}/${name}`))
    .sort();
}

function readPolicy(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new UsageError(
      `\`${path}\` cannot be read (${reason})`,
      'Run `seaworthy compile` first, or name a file with `--policy FILE`.',
    );
  }
}
