/**
 * The compiled systems as a test can run them: the policy that is deployed, with what a rehearsal on one machine must change, and
 * nothing else.
 *
 * Owns the list of what may change. The policy is frozen, and `startGateway` records a policy that did not come from here, so a
 * test that alters a figure shows a mechanism, not the system.
 */
import { randomBytes } from 'node:crypto';
import {
  type CompiledSystem,
  compiledSystem as readSystem,
  type SystemName,
} from '../../compiler/testing/compiled-system.ts';
import { noteOwn } from '../../compiler/testing/evidence.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { loadPolicy } from '../process/load-policy.ts';

/**
 * Addresses, and nothing that says how much, how long or whether; and that a process is alone, so that it may count for itself under a
 * clock of the test. `*` is any name or index.
 */
const MAY_CHANGE = [
  '/listen/host',
  '/listen/port',
  '/admin/host',
  '/admin/port',
  '/egress/host',
  '/egress/port',
  '/upstreams/*/targets',
  '/providers/*/targets/*/url',
  '/health/dependencies/*/url',
  '/health/dependencies/*/host',
  '/health/dependencies/*/port',
  '/storage/counters',
  '/storage/replicas',
] as const;

/** JSON pointer into the policy -> the value that this machine needs. */
export type Rehearsal = Readonly<Record<string, unknown>>;

export interface RunnableSystem extends CompiledSystem {
  /** Frozen. Ports are free ones on loopback; every upstream is `upstream`, unless `changes` says otherwise. */
  policy(upstream?: string, changes?: Rehearsal): RuntimePolicy;
}

const rehearsed = new WeakSet<RuntimePolicy>();

/** Whether a policy is what a system compiles to, but for addresses. */
export const isCompiled = (policy: RuntimePolicy): boolean => rehearsed.has(policy);

/** What is compiled for a system in one environment; taking the policy is recorded as evidence about it. */
export function compiledSystem(system: SystemName, environment: string): RunnableSystem {
  const files = readSystem(system, environment);
  return Object.assign(files, {
    policy(upstream = NOWHERE, changes: Rehearsal = {}) {
      const loaded = loadPolicy(files.read('runtime/policy.json'));
      if (loaded.kind === 'invalid') throw new Error(loaded.problems.join('\n'));
      const policy = loaded.policy;
      for (const [pointer, value] of Object.entries({ ...addressesOf(policy, upstream), ...changes }))
        change(policy, pointer, value);
      rehearsed.add(deepFreeze(policy));
      return policy;
    },
  });
}

/** A compiled policy that says something else in one place. Whoever uses it shows a mechanism and nothing about the system. */
export function alteredPolicy(policy: RuntimePolicy, change: Partial<RuntimePolicy>): RuntimePolicy {
  noteOwn();
  return { ...policy, ...change };
}

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

function addressesOf(policy: RuntimePolicy, upstream: string): Rehearsal {
  const sockets = ['listen', 'admin', ...(policy.egress === undefined ? [] : ['egress'])];
  return Object.fromEntries([
    ...sockets.flatMap((name) => [
      [`/${name}/host`, '127.0.0.1'],
      [`/${name}/port`, 0],
    ]),
    ...Object.keys(policy.upstreams).map((name) => [`/upstreams/${name}/targets`, [upstream]]),
  ]);
}

/** Replaces what is there. Nothing is added: a field that the tree does not have, the system does not have. */
function change(policy: RuntimePolicy, pointer: string, value: unknown): void {
  const keys = pointer.split('/').slice(1);
  const isAllowed = MAY_CHANGE.some((allowed) => {
    const parts = allowed.split('/').slice(1);
    return parts.length === keys.length && parts.every((part, index) => part === '*' || part === keys[index]);
  });
  if (!isAllowed) throw new Error(`${pointer} is what is deployed; a rehearsal may not change it`);
  const last = keys.pop() ?? '';
  let holder: unknown = policy;
  for (const key of keys) holder = isObject(holder) ? holder[key] : undefined;
  if (!isObject(holder) || !(last in holder)) throw new Error(`the compiled policy has no ${pointer}`);
  holder[last] = value;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function deepFreeze<T>(value: T): T {
  if (isObject(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}

/** Values of the secrets that compiled policies name, made anew by each run. */
export function testSecrets(): Readonly<Record<string, string>> {
  const secret = (): string => randomBytes(32).toString('hex');
  const names = ['API_KEY', 'API_KEY_PEPPER', 'ADMIN_API_KEY', 'SIGNING_KEY', 'OPENROUTER_API_KEY'];
  const models = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GROQ_API_KEY', 'XAI_API_KEY'];
  return Object.fromEntries([...names, ...models].map((name) => [name, secret()]));
}
