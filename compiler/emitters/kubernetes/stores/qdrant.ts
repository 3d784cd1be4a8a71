/** Qdrant with an API key; snapshots are beside the data, because they may be as large. */
import { IntOrString } from '../kubernetes-api.ts';
import { CERTIFICATE, isEncrypted, type MakeRecipe } from './recipe.ts';

export const qdrant: MakeRecipe = (store) => {
  const ask = (path: string) => ({
    httpGet: {
      path,
      port: IntOrString.fromNumber(store.port),
      ...(isEncrypted(store) ? { scheme: 'HTTPS' } : {}),
    },
  });
  return {
    env: {
      QDRANT_INIT_FILE_PATH: '/data/.qdrant-initialized',
      QDRANT__SERVICE__HTTP_PORT: String(store.port),
      QDRANT__STORAGE__SNAPSHOTS_PATH: '/data/snapshots',
      QDRANT__STORAGE__STORAGE_PATH: '/data/storage',
      QDRANT__STORAGE__TEMP_PATH: '/data/temporary',
      QDRANT__TELEMETRY_DISABLED: 'true',
      ...(isEncrypted(store)
        ? {
            QDRANT__SERVICE__ENABLE_TLS: 'true',
            QDRANT__TLS__CERT: CERTIFICATE.cert,
            QDRANT__TLS__KEY: CERTIFICATE.key,
          }
        : {}),
    },
    passwordVariable: 'QDRANT__SERVICE__API_KEY',
    data: '/data',
    liveness: ask('/livez'),
    readiness: ask('/readyz'),
  };
};
