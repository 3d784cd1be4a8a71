/**
 * The usual names of the variables that a connection is read from.
 *
 * `DATABASE_URL` and `REDIS_URL` are what programs ask for; everything else is called by what it belongs to and what is kept, as in
 * `ANTHROPIC_API_KEY` and `SENTRY_DSN`.
 */
import type { DatastoreModel, ProviderModel, SecretRefModel } from '../../resolve/model/index.ts';

/** Upper case, words joined by `_`. A digit cannot begin a name. */
function variableName(...words: readonly string[]): string {
  const name = words
    .join('_')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return /^[A-Z]/.test(name) ? name : `N${name}`;
}

/** The engines whose programs agree on a name. */
const USUAL: Partial<Record<DatastoreModel['engine'], string>> = { postgresql: 'DATABASE_URL', redis: 'REDIS_URL' };

/** The variable with the address; the usual name goes to the first datastore of its engine. */
export const addressName = ({ engine, name }: DatastoreModel, isFirst: boolean): string =>
  (isFirst ? USUAL[engine] : undefined) ?? variableName(name, 'url');

/** The variable with what a secret holds. */
export const secretName = ({ name }: Pick<DatastoreModel | ProviderModel, 'name'>, { key }: SecretRefModel): string =>
  variableName(name, key);

/** Where a provider is called through the gateway; the clients of several providers read exactly this name. */
export const baseUrlName = ({ name }: ProviderModel): string => variableName(name, 'base_url');

/** Whether a key says that it holds a whole address, and not only a part of the credentials. */
export const isAddressKey = (key: string): boolean => /(?:^|[^a-z])(?:url|uri|dsn|address)$/i.test(key);

const SCHEMES: Partial<Record<DatastoreModel['engine'], readonly [plain: string, encrypted: string]>> = {
  redis: ['redis', 'rediss'],
  qdrant: ['http', 'https'],
  mosquitto: ['mqtt', 'mqtts'],
  'object-storage': ['http', 'https'],
  supabase: ['http', 'https'],
  vault: ['http', 'https'],
};

/** An address without credentials. PostgreSQL has none: it would lack the user and the database. */
export function plainAddress({ engine, host, port, tls }: DatastoreModel): string | undefined {
  const schemes = SCHEMES[engine];
  if (schemes === undefined || host === undefined) return undefined;
  const [plain, encrypted] = schemes;
  return `${tls === 'required' ? encrypted : plain}://${host}${port === undefined ? '' : `:${port}`}`;
}
