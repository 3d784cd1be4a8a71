/**
 * The usual names of the variables that a connection is read from.
 *
 * What programs agree on, such as `DATABASE_URL`, `REDIS_URL` and `MQTT_URL`, is said by the registry of engines; everything else is called by
 * what it belongs to and what is kept, as in `ANTHROPIC_API_KEY` and `SENTRY_DSN`.
 */
import { engineOf } from '../../../schemas/engines/index.ts';
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

/** The variable with the address; the usual name goes to the first datastore of its engine. */
export const addressName = ({ engine, protocol, name }: DatastoreModel, isFirst: boolean): string =>
  (isFirst ? engineOf(engine).addressVariable : undefined) ??
  variableName(name, engine === 'other' && protocol === undefined ? 'address' : 'url');

/** The variable with what a secret holds. */
export const secretName = ({ name }: Pick<DatastoreModel | ProviderModel, 'name'>, { key }: SecretRefModel): string =>
  variableName(name, key);

/** Where a provider is called through the gateway; the clients of several providers read exactly this name. */
export const baseUrlName = ({ name }: ProviderModel): string => variableName(name, 'base_url');

/** Whether a key says that it holds a whole address, and not only a part of the credentials. */
export const isAddressKey = (key: string): boolean => /(?:^|[^a-z])(?:url|uri|dsn|address)$/i.test(key);

/** An address without credentials: a URL, or host and port for clients that take no scheme. None where it would lack user and database. */
export function plainAddress({ engine, protocol, host, port, tls }: DatastoreModel): string | undefined {
  const { schemes, namesDatabase, addressVariable } = engineOf(engine);
  if (host === undefined || namesDatabase) return undefined;
  const place = `${host}${port === undefined ? '' : `:${port}`}`;
  const scheme = protocol ?? (tls === 'required' ? schemes?.encrypted : schemes?.plain);
  if (scheme !== undefined) return `${scheme}://${place}`;
  return addressVariable === undefined && engine !== 'other' ? undefined : place;
}
