/**
 * Datastores: where state lives, how it is kept, how it is brought back.
 */
import type { EngineName } from '../../../schemas/engines/index.ts';
import type { DatastoreSpec } from '../../../schemas/spec/datastore.gen.ts';
import type { Bytes, Milliseconds } from '../../../schemas/units/index.ts';
import type { ModelNode } from './origin.ts';

export type DatastoreEngine = EngineName;

/** `external` is run by somebody else (a cloud, another team); `self` by this system; `embedded` is a file inside one service. */
export type DatastorePlacement = NonNullable<DatastoreSpec['placement']>;

export interface DatastoreModel extends ModelNode {
  readonly name: string;
  /** Who is asked when it fails. */
  readonly owner: string;
  readonly description: string | undefined;
  readonly engine: DatastoreEngine;
  /** Scheme of the address of an `other` engine. */
  readonly protocol: string | undefined;
  readonly placement: DatastorePlacement;
  /** The service that holds an embedded datastore. */
  readonly embeddedIn: string | undefined;
  /** Folder of an embedded datastore inside its service. */
  readonly path: string | undefined;
  readonly version: string | undefined;
  /** Host name to connect to; undefined for embedded ones and while undecided. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly tls: 'required' | 'off';
  /** What the server accepts; reserved ones are kept back for administrators. */
  readonly maxConnections: number | undefined;
  readonly reservedConnections: number;
  /** Processes that may write at once: 1 for single-writer engines. */
  readonly writers: number | undefined;
  readonly replicas: number;
  readonly storage: Bytes | undefined;
  /** Whether losing it loses something that cannot be made again. */
  readonly durable: boolean;
  readonly credentials: SecretRefModel | undefined;
  /** The most that may be lost, as time before the disaster. */
  readonly rpo: Milliseconds | undefined;
  /** The longest until it serves again. */
  readonly rto: Milliseconds | undefined;
  readonly backup: BackupModel | undefined;
  /** Streams that serve as queues. */
  readonly streams: readonly StreamModel[];
}

export interface SecretRefModel extends ModelNode {
  /** Name of the secret in the environment's store. */
  readonly secret: string;
  readonly key: string;
}

export interface BackupModel extends ModelNode {
  readonly method: 'dump' | 'base-backup' | 'snapshot' | 'file-copy' | 'managed';
  /** Cron expression with five fields, in UTC. */
  readonly schedule: string;
  /** How long one backup takes at most. */
  readonly duration: Milliseconds;
  /** How long a finished backup is kept. */
  readonly retention: Milliseconds;
  /** Continuous archiving of the log between backups: the longest time until a segment is shipped. */
  readonly archiveTimeout: Milliseconds | undefined;
  /** Image with the tools of the engine and of the destination; needed where containers run. */
  readonly image: string | undefined;
  readonly destination: BackupDestination | undefined;
  readonly encrypted: boolean;
  /** Cron expression of the restore drill. */
  readonly drill: string | undefined;
}

export interface BackupDestination extends ModelNode {
  readonly kind: 's3' | 'gcs' | 'filesystem';
  /** Bucket or directory. */
  readonly location: string;
}

export interface StreamModel extends ModelNode {
  readonly name: string;
  readonly group: string;
  /** An entry that is not acknowledged for so long is taken over by another consumer. */
  readonly reclaimAfter: Milliseconds;
  /** Deliveries after which an entry is set aside. */
  readonly maxDeliveries: number;
}
