/**
 * The providers of a policy as a library, for any Node service:
 *
 *   const providers = createProviders(policy);
 *   const answer = await providers.call('anthropic', (signal) => fetch(url, { signal }));
 *
 * Pool, fan-out, breaker, throttle and fallback as in the gateway; the host makes the calls, with its own credentials.
 * Opens no port, no connection and no timer but the limits of calls in flight and in the queue.
 */
import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import { createVariables } from './environment/variable-files.ts';
import { isNotSent } from './features/providers/judge-call.ts';
import type { CallEnd, Entry } from './features/providers/provider-gate.ts';
import { ProviderUnavailable } from './features/providers/provider-unavailable.ts';
import {
  createProviderSet,
  type ListedPool,
  type ListedProvider,
  type Providers,
} from './features/providers/providers.ts';
import { type Call, runCall } from './features/providers/run-call.ts';
import { applyOverrides } from './process/apply-overrides.ts';
import { type Breakers, createBreakers } from './proxy/breakers.ts';
import { type Clock, systemClock } from './resilience/clock.ts';
import { type Schedule, systemSchedule } from './resilience/schedule.ts';
import { createLog } from './telemetry/log.ts';
import { createMetricRegistry, type MetricRegistry } from './telemetry/registry.ts';

export interface CreateProvidersOptions {
  /** Where figures of the policy may be overridden, such as the sizes of pools. Default: nowhere. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
  /** Default: `setTimeout`. */
  readonly schedule?: Schedule;
  /** Where log lines go. Default: nowhere. */
  readonly log?: { write(line: string): void };
}

export interface CallOptions<Value> {
  /** Gives the call up, in the queue or on its way; that counts neither for nor against the provider. */
  readonly signal?: AbortSignal;
  /** Whose turn it is in the queue. Default: nobody's in particular. */
  readonly tenant?: string;
  /** Of the incoming request, for `maxFanOut`. Default: the call belongs to none. */
  readonly requestId?: string;
  /** How to call the fallbacks that the policy names, by provider. One that is not here is not used. */
  readonly fallbacks?: Readonly<Record<string, Call<Value>>>;
  /** What a value says of the provider. Default: by its `status`, if it has one, else it is a success. */
  readonly judge?: (value: Value) => CallEnd;
}

export interface ProviderClient {
  /**
   * Calls a provider, or its fallback while its breaker is open or it cannot be connected to. Fails with the error of the
   * callback, with a `TimeoutError`, or with `ProviderUnavailable` when the call was not made. A `Response` of `fetch`
   * counts as in flight until its body is read or cancelled.
   */
  call<Value>(provider: string, run: Call<Value>, options?: CallOptions<Value>): Promise<Value>;
  /** Follows another policy with all state kept; the answer is why it does not fit the environment, empty when it is in force. */
  reload(policy: RuntimePolicy): readonly string[];
  readonly breakers: Breakers;
  readonly metrics: MetricRegistry;
  list(): readonly ListedProvider[];
  pools(): readonly ListedPool[];
}

/** Throws when a variable overrides a figure of the policy with what cannot be one. */
export function createProviders(policy: RuntimePolicy, options: CreateProvidersOptions = {}): ProviderClient {
  const { env = {}, clock = systemClock, schedule = systemSchedule, log = { write: () => undefined } } = options;
  const registry = createMetricRegistry();
  const breakers = createBreakers({ clock, registry, log: createLog(policy, log) });
  const { latencyBucketsMs } = policy.telemetry;
  const variables = createVariables(env);
  const providers = createProviderSet({
    env: variables.values,
    clock,
    registry,
    breakers,
    latencyBucketsMs,
    schedule,
    breakerPerTarget: false,
  });
  const reasons = follow(policy);
  if (reasons.length > 0) throw new Error(reasons.join('; '));

  function follow(next: RuntimePolicy): readonly string[] {
    const read = variables.read(next);
    if (read.kind === 'refused') return read.reasons;
    const overridden = applyOverrides(next, variables.values, new Set());
    if (overridden.kind === 'refused') return overridden.reasons;
    const against = providers.check(overridden.policy);
    if (against.length === 0) providers.use(overridden.policy);
    return against;
  }

  return {
    call: (provider, run, callOptions = {}) => call({ providers, clock, schedule }, provider, run, callOptions),
    reload: follow,
    breakers,
    metrics: registry,
    list: () => providers.list(),
    pools: () => providers.pools(),
  };
}

interface CallParts {
  readonly providers: Providers;
  readonly clock: Clock;
  readonly schedule: Schedule;
}

async function call<Value>(
  parts: CallParts,
  name: string,
  run: Call<Value>,
  options: CallOptions<Value>,
): Promise<Value> {
  const { providers, clock, schedule } = parts;
  // One of its own for each call: listeners on a shared one would add up.
  const { tenant = '', requestId = '', signal = new AbortController().signal, judge } = options;
  const gate = providers.gate(name);
  if (gate === undefined) throw new Error(`providers: the policy declares no provider ${name}`);
  const { timeoutMs } = gate.parts.planned.declared;
  const next = fallbackOf(name, providers, options);
  const entry = await gate.enter({ tenant, requestId, signal });
  if (entry.kind === 'entered') {
    const calling = runCall(entry.pass, run, { timeoutMs, signal, clock, schedule, judge });
    if (next === undefined) return calling;
    return calling.catch((error: unknown) => {
      if (signal.aborted || !isNotSent(error)) throw error;
      return fallBack(parts, name, next, options);
    });
  }
  if (next !== undefined && entry.kind === 'unavailable') return fallBack(parts, name, next, options);
  throw errorOf(name, entry, signal);
}

function fallBack<Value>(
  parts: CallParts,
  from: string,
  next: Fallback<Value>,
  options: CallOptions<Value>,
): Promise<Value> {
  parts.providers.metrics.fellBack(from, next.name);
  return call(parts, next.name, next.run, options);
}

interface Fallback<Value> {
  readonly name: string;
  readonly run: Call<Value>;
}

function fallbackOf<Value>(
  name: string,
  { planned }: Providers,
  { fallbacks = {} }: CallOptions<Value>,
): Fallback<Value> | undefined {
  const fallback = planned.get(name)?.declared.fallback;
  const run = fallback !== undefined && Object.hasOwn(fallbacks, fallback) ? fallbacks[fallback] : undefined;
  return fallback === undefined || run === undefined ? undefined : { name: fallback, run };
}

function errorOf(provider: string, entry: Exclude<Entry, { kind: 'entered' }>, signal: AbortSignal): unknown {
  if (entry.kind === 'abandoned') return signal.reason;
  return new ProviderUnavailable(provider, entry.reason, entry.retryAfterMs);
}
