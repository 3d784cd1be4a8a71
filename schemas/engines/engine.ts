/**
 * What an entry of the registry says about a kind of datastore or broker.
 *
 * Facts of the engine alone. Which object runs it is left to the emitters, and which variables a pod gets to `derive/connections/`.
 */

/** The tools that backup jobs know; each has its own script. */
export type BackupTool = 'pg-dump' | 'redis-rdb' | 'qdrant-snapshot';

export interface Engine {
  /** As in `engine` of a Datastore. */
  readonly name: string;
  readonly title: string;
  /** Whether it is a server; else files inside a process. */
  readonly listens: boolean;
  /** The usual port; undefined where there is none. */
  readonly port: number | undefined;
  /** Schemes of its addresses; undefined where clients take host and port alone. */
  readonly schemes: { readonly plain: string; readonly encrypted: string } | undefined;
  /** The variable that programs agree on for the address; undefined where there is no such convention. */
  readonly addressVariable: string | undefined;
  /** Whether an address says nothing without a user and a database in it. */
  readonly namesDatabase: boolean;
  /** Whether clients take user and password within the address, or beside it. */
  readonly credentialsIn: 'address' | 'variable';
  /** How the gateway asks whether it is there; undefined where it cannot. */
  readonly health: 'postgresql' | 'redis' | undefined;
  /** Name of its exporter in `monitoring.exporters`. */
  readonly exporter: string | undefined;
  /** Processes that may write at once by its nature; undefined for any number. */
  readonly writers: 1 | undefined;
  /** Whether losing its data usually loses something that cannot be made again. */
  readonly durable: boolean;
  /** What our jobs can make a copy with, and of which methods. */
  readonly backup:
    | { readonly tool: BackupTool; readonly methods: readonly ('dump' | 'file-copy' | 'snapshot')[] }
    | undefined;
  /** How an image with its tools is recognised, and how many numbers of a version decide whether they fit the server. */
  readonly tools: { readonly title: string; readonly names: RegExp; readonly parts: number } | undefined;
}
