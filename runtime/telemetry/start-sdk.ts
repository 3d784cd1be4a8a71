/**
 * Starts the OpenTelemetry SDK of the process, where the policy and the environment want something sent.
 *
 * For a program that has no other SDK; what `OTEL_*` variables mean is in otel-settings.ts.
 */
import { readOtelSettings } from './otel-settings.ts';
import type { SdkOptions, StartedSdk } from './sdk.ts';

export async function startSdk(options: SdkOptions): Promise<StartedSdk> {
  return startSdkWith(options, () => undefined);
}

/** `registered` is called as soon as the SDK is that of the process: a test takes it away, to start another beside it. */
export async function startSdkWith({ policy, env, log }: SdkOptions, registered: () => void): Promise<StartedSdk> {
  const read = readOtelSettings(policy, env);
  if (read.kind !== 'read') return read;
  const { openSdk } = await import('./open-sdk.ts');
  return { kind: 'started', sdk: await openSdk({ policy, settings: read.settings, log, registered }) };
}
