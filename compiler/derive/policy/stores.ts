/**
 * Caches, queues and recovery objectives of the policy.
 */
import type { Backup, Cache, Queue } from '../../../schemas/runtime-policy.gen.ts';
import { longestGap, parseCron } from '../../../schemas/units/index.ts';
import type { DatastoreModel, Model } from '../../resolve/model/index.ts';
import { addressVariableOf } from '../connections/connections.ts';
import { policyNames } from './names.ts';
import { gatewayOf } from './placement.ts';

export const buildCaches = (model: Model): Record<string, Cache> =>
  Object.fromEntries(
    (gatewayOf(model)?.runtime?.caches ?? []).map((cache) => [
      cache.name,
      {
        store: cache.store,
        ttlMs: cache.ttl,
        maxEntries: cache.maxEntries,
        maxBytes: cache.maxSize,
        maxEntryBytes: cache.maxEntry,
        staleIfErrorMs: cache.staleIfError,
      },
    ]),
  );

/** The streams of every Redis that the gateway connects to: those it can measure. */
export function buildQueues(model: Model): Record<string, Queue> {
  const used = new Set(gatewayOf(model)?.uses.map((use) => use.datastore));
  const stores = model.datastores.filter(({ engine, name }) => engine === 'redis' && used.has(name));
  const streams = stores.flatMap((store) => store.streams.map((stream) => ({ store, stream })));
  const names = policyNames(streams.map(({ stream }) => queueId(stream.name)));
  return Object.fromEntries(
    streams.map(({ store, stream }) => [
      names.get(queueId(stream.name)) ?? queueId(stream.name),
      {
        stream: stream.name,
        group: stream.group,
        env: addressVariableOf(model, gatewayOf(model), store),
        reclaimAfterMs: stream.reclaimAfter,
        maxDeliveries: stream.maxDeliveries,
      },
    ]),
  );
}

const queueId = (stream: string): string => stream.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** What the status page and the clock of the recovery point look at. */
export const buildBackups = (model: Model): Record<string, Backup> =>
  Object.fromEntries(
    model.datastores.flatMap((store) => (store.rpo === undefined ? [] : [[store.name, toBackup(store, store.rpo)]])),
  );

const toBackup = ({ rto, backup }: DatastoreModel, rpo: number): Backup => ({
  rpoMs: rpo,
  ...(rto === undefined ? {} : { rtoMs: rto }),
  ...drillEvery(backup?.drill),
});

/** A drill may take a day; one that is a day later than its schedule ever leaves between two is overdue. */
const GRACE_MS = 86_400_000;

function drillEvery(drill: string | undefined): Pick<Backup, 'drillEveryMs'> {
  if (drill === undefined) return {};
  const cron = parseCron(drill);
  const gap = cron.ok ? longestGap(cron.value) : undefined;
  return gap === undefined ? {} : { drillEveryMs: gap + GRACE_MS };
}
