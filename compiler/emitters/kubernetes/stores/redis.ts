/**
 * Redis with a password, and with an append-only file where it has a volume. The password is written into a file of the pod's own, so
 * that neither the arguments nor the ConfigMap hold it.
 */
import { CERTIFICATE, exec, isEncrypted, type MakeRecipe, shell } from './recipe.ts';

const FILE = 'redis.conf';
const AT = '/etc/redis';

export const redis: MakeRecipe = (store) => ({
  command: shell(
    'umask 077',
    `cp ${AT}/${FILE} /tmp/${FILE}`,
    ...(store.credentials === undefined
      ? []
      : [`printf '\\nrequirepass "%s"\\n' "$(printf %s "$REDIS_PASSWORD" | sed 's/["\\\\]/\\\\&/g')" >>/tmp/${FILE}`]),
    `exec redis-server /tmp/${FILE}`,
  ),
  passwordVariable: 'REDIS_PASSWORD',
  files: { [FILE]: configuration(store) },
  filesAt: AT,
  data: '/data',
  liveness: exec('/bin/sh', '-c', `${ping(store)} | grep -qE 'PONG|LOADING'`),
  readiness: exec('/bin/sh', '-c', `${ping(store)} | grep -q PONG`),
  exporter: [
    { name: 'REDIS_ADDR', value: `${isEncrypted(store) ? 'rediss' : 'redis'}://127.0.0.1:${store.port}` },
    ...(isEncrypted(store) ? [{ name: 'REDIS_EXPORTER_SKIP_TLS_VERIFICATION', value: 'true' }] : []),
  ],
});

/** Within the pod the certificate is for another name. The password comes by the environment, not by the arguments. */
const ping = (store: Parameters<MakeRecipe>[0]): string =>
  `${store.credentials === undefined ? '' : 'REDISCLI_AUTH="$REDIS_PASSWORD" '}redis-cli -p ${store.port}${
    isEncrypted(store) ? ' --tls --insecure' : ''
  } ping`;

function configuration(store: Parameters<MakeRecipe>[0]): string {
  const { port, storage, maxConnections } = store;
  const lines = [
    'bind * -::*',
    ...(isEncrypted(store)
      ? [
          'port 0',
          `tls-port ${port}`,
          `tls-cert-file ${CERTIFICATE.cert}`,
          `tls-key-file ${CERTIFICATE.key}`,
          'tls-auth-clients no',
        ]
      : [`port ${port}`]),
    'dir /data',
    // Without a volume nothing outlives the pod, and snapshots would only fill its scratch space.
    ...(storage === undefined ? ['save ""', 'appendonly no'] : ['appendonly yes', 'appendfsync everysec']),
    ...(maxConnections === undefined ? [] : [`maxclients ${maxConnections}`]),
    // Three quarters of the memory: the rest is for buffers, and for the copy while the append-only file is rewritten.
    `maxmemory ${Math.floor((store.resources.memoryLimit * 3) / 4)}`,
    'maxmemory-policy noeviction',
  ];
  return `${lines.join('\n')}\n`;
}
