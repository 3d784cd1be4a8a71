/** Charges for tests of stores: one budget, named by its key. */
import type { Limit } from '../../schemas/runtime-policy.gen.ts';
import type { Charge } from '../features/rate-limit/charge.ts';
import { compileBucket, type Rate } from '../features/rate-limit/gcra.ts';
import { formatPolicyMember } from '../features/rate-limit/ratelimit-fields.ts';

export interface ChargeChange {
  readonly cost?: number;
  readonly dryRun?: boolean;
  readonly onStoreFailure?: Limit['onStoreFailure'];
  readonly replicas?: number;
  readonly tenant?: string;
}

export function testCharge(name: string, rate: Rate, change: ChargeChange = {}): Charge {
  const { cost = 1, dryRun = false, onStoreFailure = 'local', replicas = 1, tenant } = change;
  const sizeOf = (shares: number) => {
    const bucket = compileBucket(rate, shares);
    return { bucket, member: formatPolicyMember(name, bucket), share: undefined };
  };
  return {
    rules: { id: name, per: 'global', status: 429, onStoreFailure, dryRun },
    key: `${name}|global`,
    identity: 'global',
    tenant,
    size: { ...sizeOf(1), share: sizeOf(replicas) },
    cost,
  };
}
