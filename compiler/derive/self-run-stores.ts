/**
 * The datastores that the system runs itself in its cluster.
 *
 * Owns the condition, the names of their objects and what their servers read of secrets: emitters, policies and checks must agree on them.
 * Which engines can be run is said by the registry of engines.
 */
import { type EngineServer, engineOf } from '../../schemas/engines/index.ts';
import { objectName } from '../object-name.ts';
import type {
  DatastoreModel,
  ImageModel,
  Model,
  Origins,
  ResourcesModel,
  SecretRefModel,
} from '../resolve/model/index.ts';
import { isAddressKey } from './connections/names.ts';

/** With everything that a workload needs. */
export type SelfRunStore = DatastoreModel & {
  readonly image: ImageModel;
  readonly resources: ResourcesModel;
  readonly port: number;
  readonly server: EngineServer;
};

/** Whether a workload is meant for it: nobody says that it is elsewhere, and its engine is one that we can run. */
export const isMeantToRun = (model: Model, { placement, engine, origin }: DatastoreModel): boolean =>
  placement === 'self' &&
  model.system.targets.wanted.includes('kubernetes') &&
  engineOf(engine).server !== undefined &&
  origin.of('host').kind === 'default';

export const selfRunStores = (model: Model): readonly SelfRunStore[] =>
  model.datastores.flatMap((store): readonly SelfRunStore[] => {
    const { image, resources, port } = store;
    const { server } = engineOf(store.engine);
    if (!isMeantToRun(model, store) || server === undefined) return [];
    if (image === undefined || resources === undefined || port === undefined) return [];
    return [{ ...store, image, resources, port, server }];
  });

/** The Service that gives each pod its name. */
export const headlessName = (store: string): string => objectName(`${store}-headless`);

/**
 * Where the server reads its password. A secret with a whole address for clients holds the password alone under `password`: a server
 * cannot take an address apart.
 */
export function passwordOf({ credentials, server }: SelfRunStore): Pick<SecretRefModel, 'secret' | 'key'> | undefined {
  if (credentials === undefined || !server.hasPassword) return undefined;
  const { secret, key } = credentials;
  return { secret, key: isAddressKey(key) ? 'password' : key };
}

/** Keys of a Secret of the type `kubernetes.io/tls`. */
const CERTIFICATE_KEYS = ['tls.crt', 'tls.key'] as const;

/** What the pods of self-run stores read of secrets. */
export interface StoreSecret {
  readonly secret: string;
  readonly key: string;
  readonly origin: Pick<Origins, 'self'>;
}

export const storeSecrets = (model: Model): readonly StoreSecret[] =>
  selfRunStores(model).flatMap((store) => {
    const password = passwordOf(store);
    const { certificate } = store;
    return [
      ...(password === undefined ? [] : [{ ...password, origin: { self: store.origin.of('credentials') } }]),
      ...(certificate === undefined || store.tls === 'off'
        ? []
        : CERTIFICATE_KEYS.map((key) => ({
            secret: certificate,
            key,
            origin: { self: store.origin.of('certificate') },
          }))),
    ];
  });
