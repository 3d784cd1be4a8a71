/**
 * Keeps a runtime in service until somebody ends it.
 *
 * Owns the signals: the first ends it in order, at whatever point it is, also in the middle of its start; the second at once.
 * Whatever fails, nothing is left running: the runtime is stopped before the failure is told.
 */
import type { ExitStatus } from '../command.ts';
import { refusedStart } from './ports.ts';

type Library = typeof import('../../../runtime/index.ts');
type Runtime = ReturnType<Library['createRuntime']>;
export type Started = Extract<Awaited<ReturnType<Runtime['start']>>, { readonly kind: 'started' }>;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface Hooks {
  /** From here on a signal is heard. */
  readonly whenStarting?: () => void;
  readonly whenStarted: (started: Started) => void | Promise<void>;
  /** While it still serves. Not asked when the start was given up. */
  readonly beforeEnd?: () => Promise<void>;
}

export async function serveUntilSignal(
  runtime: Runtime,
  { whenStarting, whenStarted, beforeEnd }: Hooks,
): Promise<ExitStatus> {
  const signal = watchSignals();
  try {
    whenStarting?.();
    const started = await Promise.race([signal.given, runtime.start()]);
    if (started === 'signal') return await end(runtime);
    if (started.kind === 'refused') throw refusedStart(started.reasons, started.socket);
    await Promise.race([signal.given, whenStarted(started)]);
    await signal.given;
    await beforeEnd?.();
    return await end(runtime);
  } catch (error) {
    await runtime.stop();
    throw error;
  } finally {
    signal.close();
  }
}

async function end(runtime: Runtime): Promise<ExitStatus> {
  const { cut } = await runtime.stop();
  return cut === 0 ? 0 : 1;
}

function watchSignals(): { readonly given: Promise<'signal'>; close(): void } {
  let onSignal = (): void => undefined;
  const given = new Promise<'signal'>((resolve) => {
    let count = 0;
    onSignal = () => {
      count += 1;
      // Who asks twice does not want to wait.
      if (count > 1) process.exit(1);
      resolve('signal');
    };
  });
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    given,
    close() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
