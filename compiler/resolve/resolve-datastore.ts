/**
 * Resolves a Datastore document, with what the environment resizes.
 */
import { type EngineName, engineOf } from '../../schemas/engines/index.ts';
import type { DatastoreSpec } from '../../schemas/spec/datastore.gen.ts';
import type { ValidDocumentOf } from '../validate/valid-document.ts';
import { overrideFor, type ResolveContext } from './context.ts';
import { FieldReader } from './field-reader.ts';
import type { BackupModel, DatastoreModel, SecretRefModel, StreamModel } from './model/index.ts';
import type { Report } from './report.ts';

export function resolveDatastore(
  { value, source }: ValidDocumentOf<'Datastore'>,
  { system, over, report }: ResolveContext,
): DatastoreModel {
  const { name } = value.metadata;
  const read = new FieldReader<DatastoreSpec>(
    {
      base: value.spec,
      at: { document: source, path: ['spec'] },
      self: { document: source, path: ['metadata', 'name'] },
      over: overrideFor<DatastoreSpec>(over, 'datastores', name),
    },
    report,
  );
  const engine = read.get('engine') ?? 'postgresql';
  const known = engineOf(engine);
  const placement = read.get('placement') ?? (value.spec.embeddedIn === undefined ? 'external' : 'embedded');
  if (placement === 'embedded' && value.spec.embeddedIn === undefined) {
    report.add(
      'SW-313',
      { document: source, path: ['spec', 'placement'] },
      `datastore \`${name}\` is embedded, but \`embeddedIn\` does not say in which service`,
    );
  }
  reportProtocol(engine, read, report);
  return {
    name,
    owner: value.metadata.owner ?? system.owner,
    description: read.get('description'),
    engine,
    protocol: read.get('protocol'),
    placement,
    embeddedIn: read.get('embeddedIn'),
    path: read.get('path'),
    version: read.get('version'),
    host: read.get('host'),
    port: placement === 'embedded' ? undefined : (read.get('port') ?? known.port),
    tls: read.get('tls') ?? (placement === 'embedded' ? 'off' : 'required'),
    maxConnections: read.get('maxConnections'),
    reservedConnections: read.getOr('reservedConnections', 'reserved-connections'),
    writers: read.get('writers') ?? known.writers,
    replicas: read.getOr('replicas', 'replicas-of-datastore'),
    storage: read.bytes('storage'),
    durable: read.get('durable') ?? known.durable,
    credentials: resolveSecretRef(read, report),
    rpo: read.duration('rpo'),
    rto: read.duration('rto'),
    backup: read.get('backup') === undefined ? undefined : resolveBackup(read, report),
    streams: resolveStreams(read, report),
    origin: read.origins(),
  };
}

/** Nobody but the spec knows where a server of an unlisted engine listens; of the others everybody does. */
function reportProtocol(engine: EngineName, read: FieldReader<DatastoreSpec>, report: Report): void {
  const { of } = read.origins();
  if (engine !== 'other' && read.get('protocol') !== undefined)
    report.add('SW-315', of('protocol'), `\`${engine}\` has its own protocol; \`protocol\` is for \`engine: other\``);
  const isInside = read.get('placement') === 'embedded' || read.get('embeddedIn') !== undefined;
  if (engine === 'other' && !isInside && read.get('port') === undefined)
    report.add('SW-314', of('engine'), '`engine: other` has no usual port, and `port` is not written');
}

function resolveStreams(read: FieldReader<DatastoreSpec>, report: Report): StreamModel[] {
  return (read.get('streams') ?? []).map((stream, index) => {
    const fields = new FieldReader({ base: stream, at: read.at('streams', index) }, report);
    return {
      name: fields.get('name') ?? '',
      group: fields.get('group') ?? '',
      reclaimAfter: fields.durationOr('reclaimAfter', 'queue-reclaim-after'),
      maxDeliveries: fields.getOr('maxDeliveries', 'queue-max-deliveries'),
      origin: fields.origins(),
    };
  });
}

function resolveBackup(read: FieldReader<DatastoreSpec>, report: Report): BackupModel {
  const backup = new FieldReader(read.child('backup'), report);
  const destination = backup.get('destination');
  return {
    method: backup.get('method') ?? 'managed',
    schedule: backup.get('schedule') ?? '0 * * * *',
    duration: backup.durationOr('duration', 'backup-duration'),
    retention: backup.duration('retention') ?? backup.durationOr('retention', 'retention'),
    archiveTimeout: backup.duration('archiveTimeout'),
    image: backup.get('image'),
    destination: destination && {
      ...destination,
      origin: new FieldReader(backup.child('destination'), report).origins(),
    },
    encrypted: backup.getOr('encrypted', 'backup-encrypted'),
    drill: backup.get('drill'),
    origin: backup.origins(),
  };
}

interface SecretRef {
  readonly name: string;
  readonly key: string;
}

/** The secret that `credentials` refers to. */
export function resolveSecretRef<T extends { credentials?: SecretRef }>(
  read: FieldReader<T>,
  report: Report,
): SecretRefModel | undefined {
  if (read.get('credentials') === undefined) return undefined;
  const fields = new FieldReader<SecretRef>(read.child('credentials'), report);
  return { secret: fields.get('name') ?? '', key: fields.get('key') ?? '', origin: fields.origins() };
}
