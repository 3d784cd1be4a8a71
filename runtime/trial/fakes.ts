/**
 * What stands in for the services and providers of a policy: an echo each, on a port of its own.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { type EchoUpstream, startEchoUpstream } from './echo-upstream.ts';
import type { Fakes } from './prepare-trial.ts';

export interface RunningFakes extends Fakes {
  close(): Promise<void>;
}

export async function startFakes({ upstreams, providers }: RuntimePolicy): Promise<RunningFakes> {
  const echoes: EchoUpstream[] = [];
  const start = async (names: readonly string[]): Promise<Readonly<Record<string, string>>> => {
    const started = await Promise.all(names.map(async (name) => [name, await startEchoUpstream(name)] as const));
    echoes.push(...started.map(([, echo]) => echo));
    return Object.fromEntries(started.map(([name, { url }]) => [name, url]));
  };
  return {
    upstreams: await start(Object.keys(upstreams)),
    providers: await start(Object.keys(providers)),
    close: async () => {
      await Promise.all(echoes.map((echo) => echo.close()));
    },
  };
}
