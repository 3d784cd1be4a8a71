/**
 * PostgreSQL as its official image runs it. The first start makes the user and the database `app`; passwords are kept as SCRAM.
 *
 * The files are not where the image declares a volume, which differs between its versions: a container runtime would put an anonymous
 * volume there.
 */
import { STORE_USER } from '../../../derive/connections/names.ts';
import { CERTIFICATE, exec, isEncrypted, type MakeRecipe } from './recipe.ts';

export const postgresql: MakeRecipe = (store) => ({
  args: [
    ...(store.maxConnections === undefined ? [] : setting('max_connections', String(store.maxConnections))),
    ...setting('superuser_reserved_connections', String(store.reservedConnections)),
    ...setting('port', String(store.port)),
    ...(isEncrypted(store)
      ? [
          ...setting('ssl', 'on'),
          ...setting('ssl_cert_file', CERTIFICATE.cert),
          ...setting('ssl_key_file', CERTIFICATE.key),
        ]
      : []),
  ],
  env: { PGDATA: '/data/pgdata', POSTGRES_DB: STORE_USER, POSTGRES_USER: STORE_USER },
  passwordVariable: 'POSTGRES_PASSWORD',
  data: '/data',
  scratch: ['/var/run/postgresql'],
  liveness: exec('pg_isready', '--quiet', '--timeout=3', `--port=${store.port}`, `--username=${STORE_USER}`),
  // Over TCP: while the first start fills the database, the server listens on its socket only.
  readiness: exec(
    'pg_isready',
    '--quiet',
    '--timeout=3',
    '--host=127.0.0.1',
    `--port=${store.port}`,
    `--username=${STORE_USER}`,
  ),
  exporter: [
    {
      name: 'DATA_SOURCE_URI',
      value: `127.0.0.1:${store.port}/${STORE_USER}?sslmode=${isEncrypted(store) ? 'require' : 'disable'}`,
    },
    { name: 'DATA_SOURCE_USER', value: STORE_USER },
  ],
});

const setting = (name: string, value: string): readonly string[] => ['-c', `${name}=${value}`];
