/**
 * A policy made ready to be tried on one machine, with nothing else there.
 *
 * Owns what a trial changes and what it makes up, and says both: whoever tries a policy must know what is not the real
 * thing. Everything stays on loopback. A variable that is set is honoured, whatever it is; one that is not set is made up
 * where the runtime reads it, and otherwise not asked for. Limits, keys, signatures, deadlines and routes stay as they are.
 */
import { randomBytes } from 'node:crypto';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { hasParent } from '../environment/json-pointer.ts';
import { namedVariables } from '../environment/named-variables.ts';
import { needsStorage } from '../storage/postgres/plan-storage.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Addresses of what stands in for services and providers, by name. */
export interface Fakes {
  readonly upstreams: Readonly<Record<string, string>>;
  readonly providers: Readonly<Record<string, string>>;
}

/** A value that is good for this run only; shown, since nobody could call without it. */
export interface MadeUp {
  readonly name: string;
  readonly value: string;
  readonly purpose: string;
}

export interface Trial {
  readonly policy: RuntimePolicy;
  readonly env: Environment;
  /** Names of variables that are set, and taken as they are. */
  readonly honoured: readonly string[];
  readonly madeUp: readonly MadeUp[];
  /** One sentence each, of what differs from the policy. */
  readonly changes: readonly string[];
}

const LOOPBACK = '127.0.0.1';

export function prepareTrial(policy: RuntimePolicy, env: Environment, fakes: Fakes): Trial {
  const isSet = (name: string): boolean => (env[name] ?? '') !== '';
  const { shown, hidden } = makeUpSecrets(policy, isSet);
  const made = Object.fromEntries([...shown, ...hidden].map(({ name, value }) => [name, value]));
  const changes: string[] = [];
  const changed = [withStores, withoutMissing, withFakes].reduce(
    (current, change) => change(current, { isSet, fakes, say: (sentence) => changes.push(sentence) }),
    policy,
  );
  const isKnown = (name: string): boolean => isSet(name) || Object.hasOwn(made, name);
  const dropped = (policy.variables ?? []).filter(({ name }) => !isKnown(name)).map(({ name }) => name);
  if (dropped.length > 0) changes.push(`not asked for: ${[...new Set(dropped)].join(', ')}`);
  const ready: RuntimePolicy = {
    ...changed,
    listen: { ...changed.listen, host: LOOPBACK },
    admin: { ...changed.admin, host: LOOPBACK },
    ...(changed.egress === undefined ? {} : { egress: { ...changed.egress, host: LOOPBACK } }),
    // Nothing stands in front of it, so it sends all headers itself.
    cors: { ...changed.cors, owner: 'runtime' },
    securityHeaders: { ...changed.securityHeaders, owner: 'runtime' },
    shutdown: { ...changed.shutdown, drainDelayMs: 0 },
    variables: (changed.variables ?? []).filter(({ name }) => isKnown(name)),
  };
  return {
    policy: { ...ready, overrides: (ready.overrides ?? []).filter(({ pointer }) => hasParent(ready, pointer)) },
    env: { ...env, ...made },
    honoured: namedVariables(policy).filter(isSet),
    madeUp: shown,
    changes,
  };
}

interface Parts {
  readonly isSet: (name: string) => boolean;
  readonly fakes: Fakes;
  readonly say: (sentence: string) => void;
}

/** The embedded database and counters in memory, where no address says that there is a server. */
function withStores(policy: RuntimePolicy, { isSet, say }: Parts): RuntimePolicy {
  const { storage, caches } = policy;
  const { database, counters } = storage;
  const isEmbedded = !isSet(database.env);
  if (isEmbedded && needsStorage(policy)) say(`an embedded PostgreSQL in memory, in place of ${database.env}`);
  const isShared = counters.kind === 'redis' && isSet(counters.env);
  if (counters.kind === 'redis' && !isShared) say(`limits are counted in memory, in place of ${counters.env}`);
  const kept = Object.entries(caches ?? {}).map(([name, cache]) => [
    name,
    isShared ? cache : { ...cache, store: 'memory' as const },
  ]);
  return {
    ...policy,
    ...(caches === undefined ? {} : { caches: Object.fromEntries(kept) }),
    storage: {
      database: isEmbedded ? { ...database, embedded: 'allowed' } : database,
      counters: isShared ? counters : { kind: 'memory' },
      replicas: 1,
    },
  };
}

/** Leaves out what has no address here: queues, servers that readiness asks, collectors, certificates. */
function withoutMissing(policy: RuntimePolicy, { isSet, say }: Parts): RuntimePolicy {
  const { queues, tls, telemetry, health, ...rest } = policy;
  const { traces, otlpMetrics } = telemetry;
  const here = Object.entries(queues ?? {}).filter(([, { env }]) => isSet(env));
  const gone = Object.keys(queues ?? {}).filter((name) => !here.some(([kept]) => kept === name));
  if (gone.length > 0) say(`not measured, without its Redis: queue ${gone.join(', ')}`);
  if (tls !== undefined) say('plain HTTP, in place of the certificate');
  const collectors = [traces, otlpMetrics].filter((part) => part !== undefined && !isSet(part.endpointEnv));
  const collected = collectors.flatMap((part) => (part?.endpoint === undefined ? [] : [part.endpoint]));
  if (collected.length > 0) say(`nothing is sent to ${[...new Set(collected)].join(', ')}`);
  return {
    ...rest,
    ...(queues === undefined ? {} : { queues: Object.fromEntries(here) }),
    telemetry: {
      ...telemetry,
      ...(traces === undefined || isSet(traces.endpointEnv) ? {} : { traces: unaddressed(traces) }),
      ...(otlpMetrics === undefined || isSet(otlpMetrics.endpointEnv) ? {} : { otlpMetrics: unaddressed(otlpMetrics) }),
    },
    health: { ...health, dependencies: health.dependencies.filter((one) => !('env' in one) || isSet(one.env)) },
  };
}

/** A collector that is nowhere, unless its variable says where. */
function unaddressed<Collector extends { readonly endpoint?: string }>(
  collector: Collector,
): Omit<Collector, 'endpoint'> {
  const { endpoint: _, ...rest } = collector;
  return rest;
}

/** An echo in place of each service, and of each provider at the paths of the real one. */
function withFakes(policy: RuntimePolicy, { fakes, say }: Parts): RuntimePolicy {
  const upstreams = Object.entries(policy.upstreams).map(([name, { tls: _, ...upstream }]) => [
    name,
    { ...upstream, targets: [fakes.upstreams[name] ?? ''] },
  ]);
  const providers = Object.entries(policy.providers).map(([name, provider]) => {
    const fake = fakes.providers[name] ?? '';
    const targets = (provider.targets ?? []).map((target) => ({
      ...target,
      url: `${fake}${new URL(target.url).pathname.replace(/\/$/, '')}`,
    }));
    return [name, { ...provider, targets: targets.length === 0 ? [{ name, url: fake }] : targets }];
  });
  const names = Object.keys(policy.upstreams);
  say(`${names.length === 1 ? 'an echo' : 'an echo each'} in place of ${names.join(', ')}`);
  const made = Object.keys(policy.providers);
  if (made.length > 0)
    say(
      `${made.length === 1 ? 'an echo in place of the provider' : 'an echo each in place of the providers'} ${made.join(', ')}`,
    );
  return { ...policy, upstreams: Object.fromEntries(upstreams), providers: Object.fromEntries(providers) };
}

/** `hidden`: nobody calls with them, so nobody needs to see them. */
function makeUpSecrets(
  { auth, routes, providers, storage }: RuntimePolicy,
  isSet: Parts['isSet'],
): { readonly shown: readonly MadeUp[]; readonly hidden: readonly MadeUp[] } {
  const make = (name: string | undefined, purpose: string): readonly MadeUp[] =>
    name === undefined || isSet(name) ? [] : [{ name, purpose, value: randomBytes(32).toString('hex') }];
  const { signature, tenants, admin, apiKeys } = auth;
  const isSigned = signature !== undefined && routes.some((route) => route.auth === 'signature');
  const signers = isSigned && !signature.secretEnvs.some(isSet) ? signature.secretEnvs.slice(0, 1) : [];
  const single = tenants?.store === 'memory' ? tenants.single?.keyEnv : undefined;
  const credentials = Object.values(providers).flatMap(({ targets = [] }) =>
    targets.flatMap((target) => (target.credentials === undefined ? [] : [target.credentials.env])),
  );
  return {
    shown: [
      ...signers.flatMap((name) => make(name, 'signs requests')),
      ...make(single, `is the key of the tenant ${tenants?.single?.id}`),
      ...make(admin.env, 'administers'),
    ],
    hidden: [
      // The embedded database brings one of its own.
      ...(isSet(storage.database.env) ? make(apiKeys.pepperEnv, 'keeps keys') : []),
      ...[...new Set(credentials)].flatMap((name) => make(name, 'is shown to a provider')),
    ],
  };
}
