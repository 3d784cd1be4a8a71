/**
 * Callers that are not in the database: the one tenant of a small installation, and anybody in development.
 *
 * The single tenant's key is the value of a variable, of any form. In development mode every credential is accepted: one
 * that was issued keeps its own identity, any other is the development tenant (policy-rules.ts refuses that in stage
 * production).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { KeyVerdict } from './key-verdict.ts';

export interface FixedCallers {
  /** The single tenant, when this is its key; compared in a time that tells neither content nor length. */
  recognise(text: string): KeyVerdict | undefined;
  /** In development mode anybody who would be turned away; otherwise the verdict as it is. */
  orAnybody(verdict: KeyVerdict): KeyVerdict;
}

type Tenants = RuntimePolicy['auth']['tenants'];

export function createFixedCallers(tenants: Tenants, env: Readonly<Record<string, string | undefined>>): FixedCallers {
  const single = tenants?.store === 'memory' ? tenants.single : undefined;
  const key = single === undefined ? undefined : env[single.keyEnv];
  // An empty variable is nobody, not a tenant with an empty key.
  const digest = key === undefined || key === '' ? undefined : digestOf(key);
  const owner = verdictFor('single-tenant', single?.id);
  const development = tenants?.development?.enabled === true ? tenants.development.id : undefined;
  const anybody = development === undefined ? undefined : verdictFor('development', development);
  return {
    recognise: (text) => (digest !== undefined && timingSafeEqual(digestOf(text), digest) ? owner : undefined),
    orAnybody: (verdict) => (verdict.kind === 'known' ? verdict : (anybody ?? verdict)),
  };
}

/** What an operator should be told of the variables at start; never a value. */
export function warnOfTenants(tenants: Tenants, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const warnings: string[] = [];
  if (tenants?.development?.enabled === true) {
    warnings.push(`development mode: any key is accepted as the tenant ${tenants.development.id}`);
  }
  const single = tenants?.store === 'memory' ? tenants.single : undefined;
  if (single === undefined) return warnings;
  const key = env[single.keyEnv] ?? '';
  if (key === '') warnings.push(`${single.keyEnv} is not set: nobody is the tenant ${single.id}`);
  else if (isWeak(key)) warnings.push(`${single.keyEnv} is weak: make it at least ${MIN_BYTES} random bytes`);
  return warnings;
}

const MIN_BYTES = 32;
/** 32 random bytes in hex have 16 different characters, more in any other form; fewer than this is a word or a pattern. */
const MIN_DIFFERENT = 10;

function isWeak(key: string): boolean {
  return Buffer.byteLength(key) < MIN_BYTES || new Set(key).size < MIN_DIFFERENT;
}

function verdictFor(keyId: string, tenant: string | undefined): KeyVerdict {
  const nothing = { keyType: undefined, tier: undefined, user: undefined, organisation: undefined, roles: [] };
  return { kind: 'known', principal: { kind: 'api-key', keyId, tenant, ...nothing }, grace: undefined };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
