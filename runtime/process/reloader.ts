/**
 * Puts another policy in force, or says why not and leaves everything as it is.
 *
 * Owns the order (shape, environment, what needs a restart) and the record of the last attempt. Whatever is wrong is found
 * before anything is touched, so a bad file costs nothing but its line in the log.
 */
import { isDeepStrictEqual } from 'node:util';
import { RELOAD_RESULTS, type ReloadResultName } from '../../schemas/metrics.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Variables } from '../environment/variable-files.ts';
import type { Clock } from '../resilience/clock.ts';
import { describeError, type Log } from '../telemetry/log.ts';
import type { MetricRegistry } from '../telemetry/registry.ts';
import type { OverrideState } from './apply-overrides.ts';
import { type Fitted, fitPolicy } from './fit-policy.ts';
import { listFrozen } from './frozen-fields.ts';
import { loadPolicy } from './load-policy.ts';

export type ReloadResult =
  | { readonly kind: 'reloaded'; readonly digest: string }
  | { readonly kind: 'unchanged'; readonly digest: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** What is in force: the digest is that of the file, the policy has the overrides of the environment. */
export interface PolicyInForce {
  readonly policy: RuntimePolicy;
  readonly digest: string;
  readonly overrides: readonly OverrideState[];
}

export interface ReloadReport {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly result: ReloadResult;
}

export interface Reloader {
  /** Puts a policy in force that `loadPolicy` accepted. */
  apply(loaded: { readonly policy: RuntimePolicy; readonly digest: string }): Promise<ReloadResult>;
  /** Reads the file again. Two calls at once share one attempt. */
  fromFile(): Promise<ReloadResult>;
  /** Undefined before the first attempt. */
  readonly last: ReloadReport | undefined;
}

export interface ReloaderOptions {
  /** Read again with each policy, since secrets in files are changed in place. */
  readonly env: Variables;
  /** What whoever started it changes in every policy. */
  readonly adjust: (policy: RuntimePolicy) => RuntimePolicy;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: MetricRegistry;
  readonly current: () => PolicyInForce;
  /** Why the environment, as it is now, does not fit a policy; beyond what its shape and its variables say. */
  readonly check: (next: RuntimePolicy) => readonly string[];
  /** Opens what a policy asks for beyond the one before. */
  readonly prepare: (next: RuntimePolicy) => Promise<void>;
  /** Reads again what the policy in force takes from the environment. */
  readonly refresh: () => void;
  readonly swap: (next: PolicyInForce) => void;
  /** The text of the policy file; undefined when the policy did not come from one. */
  readonly read: (() => Promise<string>) | undefined;
}

const COUNTED: Readonly<Record<ReloadResult['kind'], ReloadResultName>> = {
  reloaded: 'applied',
  unchanged: 'unchanged',
  refused: 'refused',
};

export function createReloader(options: ReloaderOptions): Reloader {
  const { env, clock, log, registry, current, check, prepare, refresh, swap, read } = options;
  let last: ReloadReport | undefined;
  let pending: Promise<ReloadResult> | undefined;
  const count = registry.counter(
    'policy_reloads_total',
    RELOAD_RESULTS.map((result) => ({ result })),
  );
  registry.gauge('policy_reload_failed', () => [[last?.result.kind === 'refused' ? 1 : 0, {}]]);

  async function apply(loaded: { readonly policy: RuntimePolicy; readonly digest: string }): Promise<ReloadResult> {
    const { policy: before, digest } = current();
    const adjusted = options.adjust(loaded.policy);
    const read = env.read(adjusted);
    const fitted = read.kind === 'refused' ? read : fitPolicy(adjusted, env.values);
    const reasons =
      fitted.kind === 'refused' ? fitted.reasons : [...listFrozen(before, fitted.policy), ...check(fitted.policy)];
    if (fitted.kind === 'refused' || reasons.length > 0) return conclude({ kind: 'refused', reasons }, loaded.digest);
    if (loaded.digest === digest && isDeepStrictEqual(fitted.policy, before)) {
      refresh();
      return conclude({ kind: 'unchanged', digest }, digest);
    }
    sayWarnings(log, fitted);
    try {
      await prepare(fitted.policy);
      swap({ policy: fitted.policy, digest: loaded.digest, overrides: fitted.overrides });
    } catch (error) {
      log.error(describeError(error), 'bug');
      return conclude({ kind: 'refused', reasons: ['it could not be put in force because of a bug'] }, loaded.digest);
    }
    return conclude({ kind: 'reloaded', digest: loaded.digest }, digest);
  }

  async function attempt(): Promise<ReloadResult> {
    if (read === undefined) return { kind: 'refused', reasons: ['this policy did not come from a file'] };
    const text = await read().catch((error: unknown) => describeError(error));
    if (typeof text !== 'string') {
      return conclude({ kind: 'refused', reasons: [`the policy file cannot be read (${text.code ?? text.error})`] });
    }
    const loaded = loadPolicy(text);
    return loaded.kind === 'invalid' ? conclude({ kind: 'refused', reasons: loaded.problems }) : apply(loaded);
  }

  /** `other` is the digest that is not in force: of the policy before, or of the one refused. */
  function conclude(result: ReloadResult, other?: string): ReloadResult {
    last = { atMs: clock.wallMs(), result };
    count({ result: COUNTED[result.kind] });
    switch (result.kind) {
      case 'reloaded':
        log.info({ digest: result.digest, before: other }, 'policy reloaded');
        break;
      case 'unchanged':
        log.info({ digest: result.digest }, 'policy unchanged');
        break;
      case 'refused':
        log.error({ reasons: result.reasons, digest: current().digest, refused: other }, 'policy refused');
    }
    return result;
  }

  return {
    apply,
    fromFile() {
      pending ??= attempt().finally(() => {
        pending = undefined;
      });
      return pending;
    },
    get last() {
      return last;
    },
  };
}

/** One line for each variable that only warns. */
export function sayWarnings(log: Log, { warnings }: Extract<Fitted, { kind: 'fitted' }>): void {
  for (const { variable, message, isNote } of warnings) log[isNote ? 'info' : 'warn']({ variable }, message);
}
