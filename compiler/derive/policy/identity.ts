/**
 * Credentials of the policy: keys over their life, tenants, signatures.
 */
import type { Auth } from '../../../schemas/runtime-policy.gen.ts';
import type { EnvironmentModel, Model, RuntimeFeaturesModel, SigningModel } from '../../resolve/model/index.ts';
import { bucketOf } from '../limits/figures.ts';
import { API_KEY_HEADER } from './headers.ts';
import { gatewayOf } from './placement.ts';

const LAST_USED_FLUSH_MS = 15_000;

export function buildAuth(model: Model): Auth {
  const runtime = gatewayOf(model)?.runtime;
  const { keys, tenants, signing } = runtime ?? {};
  const failures = keys?.failures && bucketOf(keys.failures);
  return {
    apiKeys: {
      header: API_KEY_HEADER,
      prefix: keyPrefix(model.system.name, model.environment),
      pepperEnv: 'API_KEY_PEPPER',
      cacheTtlMs: 30_000,
      maxStaleMs: 900_000,
      ...(keys === undefined || keys.types.length === 0 ? {} : { types: [...keys.types] as [string, ...string[]] }),
      graceMs: keys?.grace ?? 86_400_000,
      lastUsedFlushMs: LAST_USED_FLUSH_MS,
    },
    admin: { env: 'ADMIN_API_KEY' },
    ...(failures === undefined ? {} : { failures }),
    ...(tenants === undefined ? {} : { tenants: toTenants(tenants) }),
    ...(signing === undefined ? {} : { signature: toSignature(signing) }),
  };
}

/** Brand and environment, so that a key of staging is refused in production without a look-up. */
function keyPrefix(system: string, environment: EnvironmentModel): string {
  const part = (text: string) =>
    text
      .replaceAll(/[^a-z0-9]/g, '')
      .slice(0, 16)
      .padEnd(2, '0');
  return `${part(system)}_${part(environment.name)}`;
}

function toTenants({
  store,
  single,
  development,
  tiers,
}: NonNullable<RuntimeFeaturesModel['tenants']>): NonNullable<Auth['tenants']> {
  return {
    store,
    ...(single === undefined ? {} : { single: { id: single.id, keyEnv: single.env } }),
    ...(development === undefined ? {} : { development: { id: development.id, enabled: development.enabled } }),
    ...(tiers.length === 0 ? {} : { tiers: [...tiers] }),
  };
}

const toSignature = (signing: SigningModel): NonNullable<Auth['signature']> => ({
  profile: signing.profile,
  secretEnvs: [...signing.secrets] as [string, ...string[]],
  maxSkewMs: signing.maxSkew,
  headers: { ...signing.headers },
  skewStatus: signing.skewStatus,
  maxBodyBytes: signing.maxBody,
  onStoreFailure: signing.onStoreFailure,
});
