/**
 * `serve --echo`: a policy tried out on this machine.
 *
 * Owns the order and what is said while a person waits. What is changed and made up is decided beside the runtime; the text
 * is describe-demo.ts.
 */

import type { ExitStatus } from '../command.ts';
import { UsageError } from '../command.ts';
import { printError, printOut } from '../output.ts';
import { describeChanges, describeDemo } from './describe-demo.ts';
import { choosePorts, type Ports, withPorts } from './ports.ts';
import { type Started, serveUntilSignal } from './until-signal.ts';

type Library = typeof import('../../../runtime/index.ts');
type Loaded = Extract<ReturnType<Library['loadPolicy']>, { readonly kind: 'policy' }>;

const WAIT_MS = 3_000;

export async function serveDemo(library: Library, { policy, digest }: Loaded, ports: Ports): Promise<ExitStatus> {
  const variables = library.readVariableFiles(policy, process.env);
  if (variables.kind === 'refused') throw new UsageError(variables.reasons.join('\n  '));
  const fakes = await library.startFakes(policy);
  let forget = async (): Promise<void> => undefined;
  try {
    const trial = library.prepareTrial(policy, variables.env, fakes);
    const served = withPorts(trial.policy, await choosePorts(policy, ports));
    const { startSdk } = library;
    const log = { write: printError };
    const runtime = library.createRuntime({ policy: served, digest, env: trial.env, log, startSdk });
    const stopWaiting = sayThatItStarts();
    const whenStarted = async (started: Started): Promise<void> => {
      const token = trial.env[policy.auth.admin.env] ?? '';
      const key = await library.issueDemoKey(served, { adminUrl: started.adminUrl, token });
      stopWaiting();
      if (key.kind === 'refused') throw new UsageError(key.reason, whyNoKey(policy.storage.database.env));
      if (key.kind === 'key') forget = key.forget;
      printOut(describeDemo(served, { ...started, key: key.kind === 'key' ? key.text : undefined }, trial));
    };
    const whenStarting = (): void => printError(describeChanges(trial));
    // On a real database the demo key would outlive the trial.
    const beforeEnd = (): Promise<void> => forget();
    return await serveUntilSignal(runtime, { whenStarting, whenStarted, beforeEnd }).finally(stopWaiting);
  } finally {
    await fakes.close();
  }
}

const whyNoKey = (variable: string): string =>
  `The trial uses the database of ${variable} where it is set; unset it to use an embedded one.`;

/** A first start may take a while on a busy machine: whoever waits sees that it goes on. */
function sayThatItStarts(): () => void {
  const from = performance.now();
  const timer = setInterval(() => {
    printError(`still starting, for ${Math.round((performance.now() - from) / 1000)} s\n`);
  }, WAIT_MS);
  return () => clearInterval(timer);
}
