/**
 * Credentials of the runtime policy: keys over their life, tenants, signatures.
 */
import type { Auth } from '../../../schemas/runtime-policy.gen.ts';
import { claim, field, fields, from, type Marked } from '../../marks.ts';
import type { EnvironmentModel, KeysModel, Model, SigningModel, TenantsModel } from '../../resolve/model/index.ts';
import { bucketOf } from '../limits/figures.ts';
import { API_KEY_HEADER } from './headers.ts';
import { gatewayOf } from './placement.ts';

const LAST_USED_FLUSH_MS = 15_000;

export function draftAuth(model: Model): Marked<Auth> {
  const runtime = gatewayOf(model)?.runtime;
  const { keys, tenants, signing } = runtime ?? {};
  return {
    apiKeys: {
      header: API_KEY_HEADER,
      prefix: from(model.environment.origin.self, keyPrefix(model.system.name, model.environment)),
      pepperEnv: 'API_KEY_PEPPER',
      cacheTtlMs: 30_000,
      maxStaleMs: 900_000,
      types: keys === undefined || keys.types.length === 0 ? undefined : field(keys, 'types'),
      graceMs: keys === undefined ? 86_400_000 : field(keys, 'grace'),
      lastUsedFlushMs: LAST_USED_FLUSH_MS,
    },
    admin: { env: 'ADMIN_API_KEY' },
    failures: keys?.failures && toFailures(keys.failures),
    tenants: tenants && toTenants(tenants),
    signature: signing && toSignature(signing),
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

function toFailures(failures: NonNullable<KeysModel['failures']>): Marked<Auth['failures']> {
  const bucket = bucketOf(failures);
  if (bucket === undefined) return undefined;
  const { of } = failures.origin;
  return {
    requests: from(of('rate'), bucket.requests),
    periodMs: from(of('rate'), bucket.periodMs),
    capacity: from(of('burst'), bucket.capacity),
  };
}

function toTenants(tenants: TenantsModel): Marked<NonNullable<Auth['tenants']>> {
  const { store, single, development, tiers, origin } = tenants;
  return claim(
    'identity/tenants',
    'environment',
    { store },
    {
      store: field(tenants, 'store'),
      single: from(origin.of('single'), single && { id: single.id, keyEnv: single.env }),
      development: from(origin.of('development'), development && { id: development.id, enabled: development.enabled }),
      tiers: tiers.length === 0 ? undefined : field(tenants, 'tiers'),
    },
  );
}

const toSignature = (signing: SigningModel): Marked<NonNullable<Auth['signature']>> => ({
  ...fields(signing, 'profile', 'headers', 'skewStatus', 'onStoreFailure'),
  secretEnvs: field(signing, 'secrets'),
  maxSkewMs: field(signing, 'maxSkew'),
  maxBodyBytes: field(signing, 'maxBody'),
});
