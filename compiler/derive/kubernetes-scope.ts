/**
 * What of a model becomes which object in a cluster.
 *
 * Owns these conditions, because the Kubernetes emitter acts on them and the Argo CD emitter states the resulting kinds. What the
 * objects look like is left to the emitter.
 */

import { compareTexts } from '../../schemas/data/texts.ts';
import { type BackupTool, engineOf } from '../../schemas/engines/index.ts';
import type {
  BackupDestination,
  BackupModel,
  DatastoreModel,
  ImageModel,
  JobModel,
  Model,
  Origin,
  Origins,
  ResourcesModel,
  ServiceModel,
  Target,
} from '../resolve/model/index.ts';
import { variablesOf } from './connections/connections.ts';
import { memoByModel } from './memo-by-model.ts';
import { storeSecrets } from './self-run-stores.ts';

/** A service that runs in containers. */
export type ContainerService = ServiceModel & { readonly image: ImageModel };

/** The services that run in the cluster: those with an image. A service without one runs as a process on a host. */
export const containerServices = (model: Model): readonly ContainerService[] => model.services.filter(hasImage);

const hasImage = (service: ServiceModel): service is ContainerService => service.image !== undefined;

export const wants = (model: Model, target: Target): boolean => model.system.targets.wanted.includes(target);

/** Whether replicas follow load. Utilisation is a share of what is requested, so nothing can follow without requests. */
export const hasAutoscaler = (
  service: ServiceModel,
): service is ServiceModel & { readonly resources: ResourcesModel } =>
  service.scale.max > service.scale.min &&
  service.resources !== undefined &&
  (service.scale.cpu !== undefined || service.scale.memory !== undefined);

/**
 * The autoscaled services whose number of replicas stands in Git and is left alone by Argo CD. A number that vanished from a Deployment
 * would fall to one; without Argo CD it has to be left out all the same, or each `kubectl apply` would reset it.
 */
export const keepsLiveReplicas = (model: Model, service: ServiceModel): boolean =>
  hasAutoscaler(service) && wants(model, 'argocd');

/** A budget over one replica would only block every drain of its node; under load an autoscaled service has more than one. */
export const hasDisruptionBudget = (service: ServiceModel): boolean => service.scale.min > 1 || hasAutoscaler(service);

/** Whether anything can connect to it. */
export const hasPorts = (service: ServiceModel): boolean =>
  service.port !== undefined || service.ports.length > 0 || service.metrics.port !== undefined;

export const isMonitored = (model: Model, service: ServiceModel): boolean =>
  wants(model, 'prometheus') && service.metrics.port !== undefined;

/** Whether the Prometheus Operator reads the objects of its kinds. Without it they would stop the sync. */
export const hasOperator = ({ system }: Model): boolean => system.monitoring.operator;

/**
 * Where traffic from outside arrives: the gateways, or the services with exposed routes where the system has no gateway.
 */
export const isFrontDoor = (model: Model, service: ServiceModel): boolean =>
  service.role === 'gateway' || (!hasGateway(model) && service.routes.some((route) => route.exposed));

const hasGateway = memoByModel((model) => model.services.some(({ role }) => role === 'gateway'));

/** Whether the gateway forwards to it. Routes that are not exposed are served only behind an edge that hides them. */
export const isBehindGateway = (model: Model, service: ServiceModel): boolean =>
  service.role !== 'gateway' &&
  service.port !== undefined &&
  service.routes.some((route) => route.exposed || wants(model, 'nginx'));

/** Whether the process and its data are one: a second replica beside it would be a second writer. */
export const holdsData = (model: Model, service: ServiceModel): boolean =>
  model.datastores.some((store) => store.placement === 'embedded' && store.embeddedIn === service.name);

/** An embedded datastore with a folder to mount and a size to ask for. */
export type VolumeDatastore = DatastoreModel & {
  readonly path: string;
  readonly storage: NonNullable<DatastoreModel['storage']>;
};

/** The embedded datastores of a service that outlive its pods. */
export const volumeDatastores = (model: Model, service: ServiceModel): readonly VolumeDatastore[] =>
  model.datastores.filter(
    (store): store is VolumeDatastore =>
      store.placement === 'embedded' &&
      store.embeddedIn === service.name &&
      store.path !== undefined &&
      store.storage !== undefined,
  );

export interface ServiceJob {
  readonly service: ContainerService;
  readonly job: JobModel;
}

/** A backup that can run as a job in the cluster: engine and method are known, and nothing it needs is missing. */
export interface BackupJob {
  readonly datastore: DatastoreModel & { readonly port: number };
  readonly backup: BackupModel & { readonly image: string; readonly destination: BackupDestination };
  readonly tool: BackupTool;
}

export function backupJobs(model: Model): readonly BackupJob[] {
  return model.datastores.flatMap((datastore): readonly BackupJob[] => {
    const { backup, port } = datastore;
    const tool = toolOf(datastore);
    if (backup?.image === undefined || backup.destination === undefined) return [];
    if (tool === undefined || port === undefined) return [];
    const { image, destination } = backup;
    return [{ datastore: { ...datastore, port }, backup: { ...backup, image, destination }, tool }];
  });
}

/** The tool that makes what the spec calls the method; undefined where none can, so that no backup is claimed. */
function toolOf({ engine, placement, backup, credentials, host, replicas }: DatastoreModel): BackupTool | undefined {
  const means = engineOf(engine).backup;
  if (backup === undefined || means === undefined || placement === 'embedded') return undefined;
  if (!means.methods.some((method) => method === backup.method)) return undefined;
  // pg_dump is told where and as whom by the address in the credentials, and the other tools are told the host.
  if (means.tool === 'pg-dump') return credentials === undefined ? undefined : means.tool;
  if (host === undefined) return undefined;
  // A snapshot holds the data of the node that made it, so that of a cluster would be a part for the whole.
  return means.tool === 'qdrant-snapshot' && replicas > 1 ? undefined : means.tool;
}

/** The secrets that something in the cluster reads, with the keys it reads, sorted by name. */
export interface SecretUse {
  readonly secret: string;
  readonly keys: readonly string[];
  /** Whether the kubelet reads it to pull images. */
  readonly isPullSecret: boolean;
  /** What of the spec reads it. */
  readonly readers: readonly Origin[];
}

/** The one key of a Secret with the access to a registry. */
const REGISTRY_KEY = '.dockerconfigjson';

export function secretsOf(model: Model): readonly SecretUse[] {
  const keysOf = new Map<string, Set<string>>();
  const readersOf = new Map<string, Set<Origin>>();
  const add = (
    { secret, key }: { readonly secret: string; readonly key: string },
    { self }: Pick<Origins, 'self'>,
  ): void => {
    keysOf.set(secret, (keysOf.get(secret) ?? new Set()).add(key));
    readersOf.set(secret, (readersOf.get(secret) ?? new Set()).add(self));
  };
  for (const service of containerServices(model))
    for (const variable of variablesOf(model, service)) if (variable.kind === 'secret') add(variable, variable.origin);
  for (const service of containerServices(model)) for (const file of service.files) add(file, file.origin);
  for (const { datastore } of backupJobs(model))
    if (datastore.credentials !== undefined) add(datastore.credentials, datastore.credentials.origin);
  for (const one of storeSecrets(model)) add(one, one.origin);
  const pullSecrets = new Set(model.environment.imagePullSecrets);
  const pulls = { self: model.environment.origin.of('imagePullSecrets') };
  for (const secret of pullSecrets) add({ secret, key: REGISTRY_KEY }, pulls);
  return [...keysOf]
    .map(([secret, keys]) => ({
      secret,
      keys: [...keys].sort(),
      isPullSecret: pullSecrets.has(secret),
      readers: [...(readersOf.get(secret) ?? [])],
    }))
    .sort((a, b) => compareTexts(a.secret, b.secret));
}
