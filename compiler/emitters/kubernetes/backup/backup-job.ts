/**
 * The scheduled backup of a datastore: a CronJob, its script, its account and its policy.
 *
 * The copy is made on scratch space and then stored, so the destination never holds half a backup. Who may write to a bucket is decided
 * by the workload identity of the account; no key of it is in the cluster.
 */

import { ANNOTATIONS } from '../../../../schemas/kubernetes-conventions.ts';
import {
  formatDuration,
  formatKubernetesBytes,
  type Milliseconds,
  milliseconds,
  wholeSeconds,
} from '../../../../schemas/units/index.ts';
import { type BackupJob, wants } from '../../../derive/kubernetes-scope.ts';
import { claim, field, from, fromAll, type Mark, type Marked } from '../../../marks.ts';
import { objectName, shortHash } from '../../../object-name.ts';
import { type Model, renameOrigins } from '../../../resolve/model/index.ts';
import { DNS_CONFIG, pullSecretsOf } from '../deployment.ts';
import { cronJobSpecOf, type PodDraft } from '../job-pod.ts';
import {
  type Container,
  type EnvVar,
  KubeConfigMap,
  KubeCronJob,
  KubeServiceAccount,
  Quantity,
  type Volume,
} from '../kubernetes-api.ts';
import { metadataOf, type Subject, versionOf } from '../metadata.ts';
import { egressPolicy } from '../network-policy.ts';
import { type ObjectDraft, typed } from '../object-draft.ts';
import { containerSecurityOf, DEFAULT_IDENTITY, podSecurityOf } from '../pod-security.ts';
import { backupEgress } from './backup-egress.ts';
import { backupInstance } from './backup-subject.ts';
import { backupScript } from './script.ts';

const WORK = '/work';
const SCRIPTS = '/opt/backup';
const SCRIPT_FILE = 'backup.sh';

/** Scratch space where the spec gives no size of the datastore. A copy that outgrows it fails the job, visibly. */
const DEFAULT_SCRATCH = '10Gi';

/** Three attempts within twice the longest time of one: what fails at once is tried again, what hangs is ended. */
const DEADLINE_FACTOR = 2;

export function backupDrafts(model: Model, job: BackupJob): readonly ObjectDraft[] {
  const { datastore, backup, tool } = job;
  const script = backupScript(tool, backup.destination.kind);
  const subject = subjectOfBackup(model, job);
  const scripts = `${subject.instance}-${shortHash(script)}`;
  const folder = `backup-${datastore.name}`;
  const origin = backup.origin.self;
  // Runs that have begun still mount the old script.
  const pruneLast = wants(model, 'argocd') ? { [ANNOTATIONS.syncOptions]: 'PruneLast=true' } : {};
  return [
    {
      folder,
      object: typed(
        KubeServiceAccount,
        from(origin, {
          metadata: metadataOf(model, 'ServiceAccount', subject.instance, subject),
          automountServiceAccountToken: false,
        }),
      ),
    },
    {
      folder,
      object: typed(
        KubeConfigMap,
        from(origin, {
          metadata: metadataOf(model, 'ConfigMap', scripts, subject, pruneLast),
          data: {
            [SCRIPT_FILE]: fromAll([datastore.origin.of('engine'), backup.destination.origin.of('kind')], script),
          },
          immutable: true,
        }),
      ),
    },
    { folder, object: egressPolicy(model, subject, backupEgress(model, job), origin) },
    {
      folder,
      object: typed(
        KubeCronJob,
        from(origin, {
          metadata: metadataOf(model, 'CronJob', subject.instance, subject),
          spec: claimBackup(
            job,
            cronJobSpecOf(model, field(backup, 'schedule'), {
              subject,
              deadline: from(backup.origin.of('duration'), wholeSeconds(deadlineOf(backup.duration))),
              pod: podOf(model, job, subject.instance, scripts),
            }),
          ),
        }),
      ),
    },
  ];
}

const subjectOfBackup = (model: Model, { datastore, backup }: BackupJob): Subject => ({
  name: datastore.name,
  instance: backupInstance(datastore.name),
  component: 'backup',
  owner: model.system.owner,
  version: versionOf(versionInReference(backup.image)),
  document: `Datastore ${datastore.name}`,
  origin: renameOrigins(datastore.origin, {
    image: backup.origin.of('image'),
    owner: model.system.origin.of('owner'),
    role: backup.origin.self,
  }),
});

/** Tag and digest of a reference such as `registry.example.com/tools/pg:16.4@sha256:…`. */
function versionInReference(reference: string): {
  readonly tag: string | undefined;
  readonly digest: string | undefined;
} {
  const [, tag, digest] = /^[^@]*?(?::([\w.-]+))?(?:@(sha256:[0-9a-f]+))?$/.exec(reference) ?? [];
  return { tag, digest };
}

const deadlineOf = (duration: Milliseconds): Milliseconds => milliseconds(duration * DEADLINE_FACTOR);

function podOf(model: Model, { datastore, backup, tool }: BackupJob, account: string, scripts: string): PodDraft {
  const scratch = datastore.storage === undefined ? DEFAULT_SCRATCH : formatKubernetesBytes(datastore.storage);
  const size = from(datastore.origin.of('storage'), Quantity.fromString(scratch));
  const isFilesystem = backup.destination.kind === 'filesystem';
  const { origin } = backup.destination;
  const target = from(origin.of('location'), { name: 'destination', mountPath: backup.destination.location });
  const container: Marked<Container> = {
    name: 'backup',
    image: from(backup.origin.of('image'), backup.image),
    imagePullPolicy: 'Always',
    command: ['sh', `${SCRIPTS}/${SCRIPT_FILE}`],
    env: from(backup.destination.origin.self, environmentOf({ datastore, backup, tool })),
    resources: {
      requests: quantities('100m', '256Mi', size),
      limits: quantities('1', '512Mi', size),
    },
    securityContext: containerSecurityOf(true),
    volumeMounts: [
      { name: 'work', mountPath: WORK },
      { name: 'script', mountPath: SCRIPTS, readOnly: true },
      ...(isFilesystem ? [target] : []),
    ],
  };
  return {
    automountServiceAccountToken: false,
    dnsConfig: DNS_CONFIG,
    enableServiceLinks: false,
    ...pullSecretsOf(model),
    securityContext: podSecurityOf(DEFAULT_IDENTITY),
    serviceAccountName: from(datastore.origin.of('name'), account),
    terminationGracePeriodSeconds: 30,
    containers: [container],
    volumes: [
      {
        name: 'work',
        emptyDir: { sizeLimit: size },
      },
      from(backup.origin.self, { name: 'script', configMap: { name: scripts } }),
      ...(isFilesystem ? [from(origin.of('kind'), destinationVolume(datastore.name))] : []),
    ],
  };
}

const quantities = (cpu: string, memory: string, storage: Mark<Quantity>): Record<string, Marked<Quantity>> => ({
  cpu: Quantity.fromString(cpu),
  memory: Quantity.fromString(memory),
  'ephemeral-storage': storage,
});

/** The claim is brought by the platform: neither its class nor its size can be known from the spec. */
const destinationClaim = (datastore: string): string => objectName(`${datastore}-backups`);

const destinationVolume = (datastore: string): Volume => ({
  name: 'destination',
  persistentVolumeClaim: { claimName: destinationClaim(datastore) },
});

function environmentOf({ datastore, backup, tool }: BackupJob): EnvVar[] {
  const { credentials, host, port, tls } = datastore;
  const plain: Record<string, string> = {
    BACKUP_NAME: datastore.name,
    BACKUP_WORK: WORK,
    BACKUP_DESTINATION: backup.destination.location,
    // Tools keep caches and settings in the home directory, and the root is read-only.
    HOME: WORK,
    ...(backup.destination.kind === 'filesystem'
      ? { BACKUP_RETENTION_MINUTES: String(Math.ceil(backup.retention / 60_000)) }
      : {}),
    ...(backup.destination.kind === 's3' && backup.encrypted ? { S3_ENCRYPTION: '--sse AES256' } : {}),
    // What the address in the credentials leaves out.
    ...(tool === 'pg-dump' ? { PGPORT: String(port), PGCONNECT_TIMEOUT: '10' } : {}),
    ...(tool === 'pg-dump' && host !== undefined ? { PGHOST: host } : {}),
    ...(tool === 'pg-dump' && tls === 'required' ? { PGSSLMODE: 'require' } : {}),
    ...(tool === 'redis-rdb' ? { REDIS_HOST: host ?? '', REDIS_PORT: String(port), REDIS_TLS: tls } : {}),
    ...(tool === 'qdrant-snapshot' ? { QDRANT_URL: `${tls === 'required' ? 'https' : 'http'}://${host}:${port}` } : {}),
  };
  const variables: EnvVar[] = Object.entries(plain).map(([name, value]) => ({ name, value }));
  if (credentials === undefined) return variables;
  const { secret, key } = credentials;
  return [...variables, { name: 'CREDENTIALS', valueFrom: { secretKeyRef: { name: secret, key } } }];
}

/** What the job itself brings about: expiry in a bucket is the bucket's rule, and a directory is not encrypted by anybody here. */
function claimBackup<T>({ datastore, backup, tool }: BackupJob, value: Marked<T>) {
  const { kind, location } = backup.destination;
  const isDirectory = kind === 'filesystem';
  return claim(
    'data/backup',
    `datastore/${datastore.name}`,
    {
      tool,
      schedule: backup.schedule,
      destination: `${kind}:${location}`,
      verified: 'size, sha256',
      ...(isDirectory
        ? { retention: formatDuration(backup.retention), volumeClaim: destinationClaim(datastore.name) }
        : { retention: 'bucket lifecycle' }),
      encryption: isDirectory ? 'none' : 'server side',
    },
    value,
  );
}
