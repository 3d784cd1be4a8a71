/**
 * Resolves a Datastore document, with what the environment resizes.
 */
import { type EngineName, type EngineServer, engineOf } from '../../schemas/engines/index.ts';
import type { DatastoreSpec } from '../../schemas/spec/datastore.gen.ts';
import type { ValidDocumentOf } from '../validate/valid-document.ts';
import { overrideFor, type ResolveContext } from './context.ts';
import { FieldReader } from './field-reader.ts';
import type { BackupModel, DatastoreModel, ImageModel, SecretRefModel, StreamModel } from './model/index.ts';
import type { Report } from './report.ts';
import { resolveImageReference } from './resolve-image.ts';
import { resolveResources } from './resolve-workload.ts';

export function resolveDatastore(
  { value, source }: ValidDocumentOf<'Datastore'>,
  context: ResolveContext,
): DatastoreModel {
  const { system, over, report } = context;
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
    ...resolveServer(name, engine, placement, read, context),
    port: placement === 'embedded' ? undefined : (read.get('port') ?? known.port),
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

/** Where its server is, and how the system runs it where it does so itself. */
function resolveServer(
  name: string,
  engine: EngineName,
  placement: DatastoreModel['placement'],
  read: FieldReader<DatastoreSpec>,
  { system, environment, report }: ResolveContext,
): Pick<DatastoreModel, 'host' | 'tls' | 'image' | 'resources' | 'certificate'> {
  const { server } = engineOf(engine);
  const isOwn =
    placement === 'self' &&
    read.get('host') === undefined &&
    server !== undefined &&
    system.targets.wanted.includes('kubernetes');
  return {
    host: isOwn
      ? read.getOr('host', 'own-store-host', `${name}.${environment.namespace}.svc.cluster.local`)
      : read.get('host'),
    tls: isOwn
      ? read.getOr('tls', 'own-store-tls')
      : (read.get('tls') ?? (placement === 'embedded' ? 'off' : 'required')),
    image: resolveStoreImage(read, server, report),
    resources: read.get('resources') === undefined ? undefined : resolveResources(read.child('resources'), report),
    certificate: read.get('certificate'),
  };
}

/** As written, or the official image of the version. */
function resolveStoreImage(
  read: FieldReader<DatastoreSpec>,
  server: EngineServer | undefined,
  report: Report,
): ImageModel | undefined {
  const written = read.get('image');
  const version = read.get('version');
  if (written !== undefined) return resolveImageReference(written, read.origins().of('image'), report);
  if (server === undefined || version === undefined) return undefined;
  const { before, after } = server.image;
  return resolveImageReference(`${before}${version}${after}`, read.origins().of('version'), report);
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
