/**
 * Bug reports as the policy and the environment want them: to Sentry where a DSN is set, else nowhere.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Environment } from '../../environment/environment.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { TelemetryMetrics } from '../telemetry-metrics.ts';
import { type BugReports, createBugReports, noBugReports } from './bug-reports.ts';

export interface OpenBugReportsOptions {
  readonly policy: RuntimePolicy;
  readonly env: Environment;
  readonly clock: Clock;
  readonly metrics: TelemetryMetrics;
}

export type OpenedBugReports =
  | { readonly kind: 'opened'; readonly bugs: BugReports }
  | { readonly kind: 'refused'; readonly reason: string };

export async function openBugReports(options: OpenBugReportsOptions): Promise<OpenedBugReports> {
  const { policy, env, clock, metrics } = options;
  const { errors } = policy.telemetry;
  const dsn = errors === undefined ? '' : (env[errors.dsnEnv] ?? '').trim();
  if (errors === undefined || dsn === '') return { kind: 'opened', bugs: noBugReports };
  const { createSentrySink } = await import('./sentry-sink.ts');
  const { system, environment } = policy;
  const sink = createSentrySink({ dsn, system, environment, clock });
  // The reason must not repeat the value: it holds a key.
  if (sink === undefined) return { kind: 'refused', reason: `${errors.dsnEnv}: is no DSN` };
  return { kind: 'opened', bugs: createBugReports(sink, clock, metrics.bugReported) };
}
