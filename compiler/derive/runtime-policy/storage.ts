/**
 * Where the runtime keeps API keys and counts requests, and the environment variables that hold the addresses.
 */
import type { Storage } from '../../../schemas/runtime-policy.gen.ts';
import { field, from, type Marked, unmark } from '../../marks.ts';
import type { DatastoreModel, Model, ServiceModel } from '../../resolve/model/index.ts';
import { addressVariableOf } from '../connections/connections.ts';
import { gatewayOf } from './placement.ts';

/** The same as data. */
export const buildStorage = (model: Model): Storage => unmark<Storage>(draftStorage(model));

/**
 * The embedded database is for one process: in development, or where a document puts it into the gateway on purpose. Never beside a second
 * replica.
 */
export function draftStorage(model: Model): Marked<Storage> {
  const gateway = gatewayOf(model);
  const replicas = gateway === undefined ? 1 : gatewayProcesses(gateway);
  return {
    database: {
      kind: 'postgresql',
      env: addressOf(model, databaseOf(model)) ?? 'DATABASE_URL',
      embedded: embeddedOf(model, replicas),
      pool: poolOf(model),
      replica: replicaOf(gateway),
    },
    counters: countersOf(model),
    replicas: gateway === undefined ? replicas : from(gateway.scale.origin.of('max'), replicas),
  };
}

/** The variable that holds the address of a datastore. */
const addressOf = (model: Model, datastore: DatastoreModel | undefined) =>
  datastore && from(datastore.origin.self, addressVariableOf(model, gatewayOf(model), datastore));

function countersOf(model: Model): Marked<Storage['counters']> {
  const redis = usedBy(model, 'redis');
  const env = addressOf(model, redis);
  return redis === undefined || env === undefined
    ? { kind: 'memory' }
    : { kind: from(redis.origin.of('engine'), 'redis' as const), env };
}

/** The pool that the gateway's document gives it. */
function poolOf(model: Model): Marked<Storage['database']['pool']> {
  const database = databaseOf(model)?.name;
  const use = gatewayOf(model)?.uses.find(({ datastore, pool }) => datastore === database && pool !== undefined);
  if (use?.pool === undefined) return undefined;
  return { max: from(use.origin.of('pool'), use.pool), idleTimeoutMs: 30_000, acquireTimeoutMs: 1000 };
}

/** The copy that reads may go to. */
function replicaOf(gateway: ServiceModel | undefined): Marked<Storage['database']['replica']> {
  const replica = gateway?.runtime?.readReplica;
  return replica && { env: field(replica, 'env'), maxLagMs: field(replica, 'maxLag') };
}

function embeddedOf(model: Model, replicas: number): Marked<Storage['database']['embedded']> {
  const { stage, origin } = model.environment;
  const scale = gatewayOf(model)?.scale;
  if (scale !== undefined && replicas > 1) return from(scale.origin.of('max'), 'forbidden' as const);
  const embedded = embeddedDatabaseOf(model);
  if (embedded !== undefined) return from(embedded.origin.of('placement'), 'allowed' as const);
  return from(origin.of('stage'), stage === 'development' ? ('allowed' as const) : ('forbidden' as const));
}

/** The PostgreSQL that a document embeds in the gateway. */
const embeddedDatabaseOf = (model: Model): DatastoreModel | undefined =>
  model.datastores.find(
    ({ engine, placement, embeddedIn }) =>
      engine === 'postgresql' && placement === 'embedded' && embeddedIn === gatewayOf(model)?.name,
  );

/** The runtime's own database: the PostgreSQL that the gateway uses, if a document says so. */
export const databaseOf = (model: Model): DatastoreModel | undefined => usedBy(model, 'postgresql');

function usedBy(model: Model, engine: 'postgresql' | 'redis'): DatastoreModel | undefined {
  const used = new Set(gatewayOf(model)?.uses.map((use) => use.datastore));
  return model.datastores.find(
    (datastore) => datastore.engine === engine && datastore.placement !== 'embedded' && used.has(datastore.name),
  );
}

/** Processes that the policy's schema counts at most; more are a finding of `limits/figures-fit`. */
export const MOST_PROCESSES = 10_000;

/** The most processes at once: the autoscaler's upper bound, or the instances on a host. Each enforces its share of every limit. */
export const gatewayProcesses = (gateway: ServiceModel): number =>
  Math.max(gateway.scale.max * gateway.workers, gateway.process?.instances ?? 1);
