/**
 * Where the runtime keeps API keys and counts requests, and the environment variables that hold the addresses.
 */
import type { Storage } from '../../../schemas/runtime-policy.gen.ts';
import type { DatastoreModel, Model, ServiceModel } from '../../resolve/model/index.ts';
import { addressVariableOf } from '../connections/connections.ts';
import { gatewayOf } from './placement.ts';

/**
 * The embedded database is for one process: in development, or where a document puts it into the gateway on purpose. Never beside a second
 * replica.
 */
export function buildStorage(model: Model): Storage {
  const database = databaseOf(model);
  const redis = usedBy(model, 'redis');
  const gateway = gatewayOf(model);
  const replicas = gateway === undefined ? 1 : gatewayProcesses(gateway);
  return {
    database: {
      kind: 'postgresql',
      env: database === undefined ? 'DATABASE_URL' : addressVariableOf(model, gatewayOf(model), database),
      embedded: replicas === 1 && mayEmbed(model) ? 'allowed' : 'forbidden',
      ...connectionsOf(model, database),
    },
    counters:
      redis === undefined
        ? { kind: 'memory' }
        : { kind: 'redis', env: addressVariableOf(model, gatewayOf(model), redis) },
    replicas,
  };
}

/** The pool that the gateway's document gives it, and the copy that reads may go to. */
function connectionsOf(
  model: Model,
  database: DatastoreModel | undefined,
): Pick<Storage['database'], 'pool' | 'replica'> {
  const gateway = gatewayOf(model);
  const max = gateway?.uses.find((use) => use.datastore === database?.name)?.pool;
  const replica = gateway?.runtime?.readReplica;
  return {
    ...(max === undefined ? {} : { pool: { max, idleTimeoutMs: 30_000, acquireTimeoutMs: 1000 } }),
    ...(replica === undefined ? {} : { replica: { env: replica.env, maxLagMs: replica.maxLag } }),
  };
}

const mayEmbed = (model: Model): boolean =>
  model.environment.stage === 'development' || embeddedDatabaseOf(model) !== undefined;

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
