/**
 * The policies that the compiler made for the five systems, as a test can run them: all ports free, on loopback, with upstreams
 * that are the test's. Everything else is what is deployed.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { loadPolicy } from '../load-policy.ts';

const GENERATED = new URL('../../generated/', import.meta.url);
const LOOPBACK = { host: '127.0.0.1', port: 0 };

/** The text of a compiled file; `path` is below `generated/`. */
export function readCompiled(path: string): string {
  return readFileSync(new URL(path, GENERATED), 'utf8');
}

/** `tree` is a system and its environment, such as `sentientiq/production`; every upstream is `upstream`. */
export function compiledPolicy(tree: string, upstream: string): RuntimePolicy {
  const loaded = loadPolicy(readCompiled(`${tree}/runtime/policy.json`));
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join('\n'));
  const { policy } = loaded;
  const upstreams = Object.entries(policy.upstreams).map(
    ([name, declared]) => [name, { ...declared, targets: [upstream] }] as const,
  );
  return {
    ...policy,
    listen: LOOPBACK,
    admin: LOOPBACK,
    ...(policy.egress === undefined ? {} : { egress: LOOPBACK }),
    upstreams: Object.fromEntries(upstreams),
  };
}

/** Values of the secrets that compiled policies name, made anew by each run. */
export function testSecrets(): Readonly<Record<string, string>> {
  const secret = (): string => randomBytes(32).toString('hex');
  return { API_KEY: secret(), API_KEY_PEPPER: secret(), ADMIN_API_KEY: secret(), SIGNING_KEY: secret() };
}

/** Paths of the files in a compiled folder, below it. */
export function listCompiled(path: string): readonly string[] {
  return readdirSync(new URL(path, GENERATED), { recursive: true, encoding: 'utf8' });
}
