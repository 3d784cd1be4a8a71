/**
 * RabbitMQ as a single node. Its metrics come from its own plugin; the user is made at the first start.
 */
import { STORE_USER } from '../../../derive/connections/names.ts';
import { IntOrString } from '../kubernetes-api.ts';
import { CERTIFICATE, isEncrypted, type MakeRecipe } from './recipe.ts';

export const rabbitmq: MakeRecipe = (store) => ({
  env: {
    RABBITMQ_CONFIG_FILE: '/etc/rabbitmq-store/rabbitmq.conf',
    RABBITMQ_DEFAULT_USER: STORE_USER,
    RABBITMQ_ENABLED_PLUGINS_FILE: '/etc/rabbitmq-store/enabled_plugins',
    // One node: its name must not change with the pod, for the data is filed under it.
    RABBITMQ_NODENAME: 'rabbit@localhost',
  },
  passwordVariable: 'RABBITMQ_DEFAULT_PASS',
  files: {
    enabled_plugins: '[rabbitmq_prometheus].\n',
    'rabbitmq.conf': [
      ...(isEncrypted(store)
        ? [
            'listeners.tcp = none',
            `listeners.ssl.default = ${store.port}`,
            `ssl_options.certfile = ${CERTIFICATE.cert}`,
            `ssl_options.keyfile = ${CERTIFICATE.key}`,
            'ssl_options.verify = verify_none',
          ]
        : [`listeners.tcp.default = ${store.port}`]),
      'log.console = true',
      '',
    ].join('\n'),
  },
  filesAt: '/etc/rabbitmq-store',
  data: '/var/lib/rabbitmq',
  scratch: ['/var/log/rabbitmq'],
  liveness: { tcpSocket: { port: IntOrString.fromNumber(store.port) } },
  readiness: { tcpSocket: { port: IntOrString.fromNumber(store.port) } },
});
