/**
 * Of a datastore: servers that nobody runs, backups that nobody makes, drills that nobody holds.
 */
import { backupJobs, wants } from '../../../derive/kubernetes-scope.ts';
import { isMeantToRun } from '../../../derive/self-run-stores.ts';
import type { BackupModel, DatastoreModel, Model } from '../../../resolve/model/index.ts';
import { isWritten, type Unkept, whereWritten } from './unkept.ts';

export function unkeptOfDatastore(model: Model, store: DatastoreModel): readonly Unkept[] {
  const subject = `datastore ${store.name}`;
  return [...unkeptOfServer(model, store, subject), ...unkeptOfBackups(model, store, subject)];
}

function unkeptOfServer(model: Model, store: DatastoreModel, subject: string): readonly Unkept[] {
  const { origin, placement, storage, path } = store;
  const isOwn = isMeantToRun(model, store);
  const hasVolume =
    placement === 'embedded' && wants(model, 'kubernetes') && storage !== undefined && path !== undefined;
  return [
    ...(placement === 'self' && !isOwn
      ? whereWritten(origin, subject, { placement: 'no workload, volume or Service is generated for it' })
      : []),
    ...(hasVolume || isOwn
      ? []
      : whereWritten(origin, subject, { storage: 'no volume is made for it', path: 'no volume is made for it' })),
    ...(store.backup?.image === undefined && !isOwn
      ? whereWritten(origin, subject, { version: 'nothing here installs this version or is compared with it' })
      : []),
    ...(store.replicas > 1 && !isOwn
      ? whereWritten(origin, subject, { replicas: 'nothing here runs or watches its replicas' })
      : []),
    ...(isOwn || hasPgDump(model, store)
      ? []
      : whereWritten(origin, subject, { tls: 'services connect as the address in their own secret says' })),
    ...(wants(model, 'runtime') ? [] : whereWritten(origin, subject, { rto: 'no recovery is generated or rehearsed' })),
  ];
}

const jobOf = (model: Model, { name }: DatastoreModel) =>
  wants(model, 'kubernetes') ? backupJobs(model).find(({ datastore }) => datastore.name === name) : undefined;

const hasPgDump = (model: Model, store: DatastoreModel): boolean => jobOf(model, store)?.tool === 'pg-dump';

function unkeptOfBackups(model: Model, store: DatastoreModel, subject: string): readonly Unkept[] {
  const { backup, origin } = store;
  if (backup === undefined) return [];
  const drill = whereWritten(
    backup.origin,
    subject,
    { drill: 'no restore drill is generated; the runtime only counts the days' },
    'backup.',
  );
  if (backup.method === 'managed') return drill;
  if (jobOf(model, store) !== undefined) return [...unkeptOfJob(backup, subject), ...drill];
  return [
    {
      field: 'backup',
      subject,
      at: isWritten(origin, 'backup') ? origin.of('backup') : backup.origin.self,
      missing: whyNone(model, store, backup),
    },
    ...drill,
  ];
}

const unkeptOfJob = (backup: BackupModel, subject: string): readonly Unkept[] => [
  ...(backup.encrypted && backup.destination?.kind !== 's3'
    ? whereWritten(backup.origin, subject, { encrypted: 'the job encrypts in S3 only' }, 'backup.')
    : []),
  ...(backup.destination?.kind === 'filesystem'
    ? []
    : whereWritten(
        backup.origin,
        subject,
        { retention: 'the bucket needs a lifecycle rule, and none is generated' },
        'backup.',
      )),
];

/** The first thing that keeps a job from being made. */
function whyNone(model: Model, store: DatastoreModel, { method, image, destination }: BackupModel): string {
  if (!wants(model, 'kubernetes')) return 'backups are only made by jobs in Kubernetes';
  if (store.placement === 'embedded') return 'no job can reach files inside another container';
  if (image === undefined) return 'no job is made without `backup.image`';
  if (destination === undefined) return 'no job is made without `backup.destination`';
  return `no job makes a \`${method}\` of ${store.engine} with what is declared`;
}
