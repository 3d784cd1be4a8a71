/**
 * Mosquitto with one user and no anonymous clients. The file of passwords is made at the start from the secret, with hashes only.
 */
import { STORE_USER } from '../../../derive/connections/names.ts';
import { IntOrString } from '../kubernetes-api.ts';
import { CERTIFICATE, isEncrypted, type MakeRecipe, shell } from './recipe.ts';

const FILE = 'mosquitto.conf';
const AT = '/etc/mosquitto';
const PASSWORDS = '/tmp/passwords';

export const mosquitto: MakeRecipe = (store) => ({
  command: shell(
    'umask 077',
    `printf '${STORE_USER}:%s\\n' "$MOSQUITTO_PASSWORD" >${PASSWORDS}`,
    `mosquitto_passwd -U ${PASSWORDS}`,
    `exec mosquitto -c ${AT}/${FILE}`,
  ),
  passwordVariable: 'MOSQUITTO_PASSWORD',
  files: {
    [FILE]: [
      `listener ${store.port}`,
      ...(isEncrypted(store) ? [`certfile ${CERTIFICATE.cert}`, `keyfile ${CERTIFICATE.key}`] : []),
      'allow_anonymous false',
      `password_file ${PASSWORDS}`,
      ...(store.maxConnections === undefined ? [] : [`max_connections ${store.maxConnections}`]),
      ...(store.storage === undefined ? [] : ['persistence true', 'persistence_location /data/']),
      'log_dest stdout',
      '',
    ].join('\n'),
  },
  filesAt: AT,
  data: '/data',
  liveness: { tcpSocket: { port: IntOrString.fromNumber(store.port) } },
  readiness: { tcpSocket: { port: IntOrString.fromNumber(store.port) } },
});
