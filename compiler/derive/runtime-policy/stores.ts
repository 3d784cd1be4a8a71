/**
 * Caches, queues and recovery objectives of the runtime policy.
 */
import type { Backup, Cache, Queue } from '../../../schemas/runtime-policy.gen.ts';
import { longestGap, parseCron } from '../../../schemas/units/index.ts';
import { claim, field, fields, from, type Marked, unmark } from '../../marks.ts';
import type { DatastoreModel, Model } from '../../resolve/model/index.ts';
import { addressVariableOf } from '../connections/connections.ts';
import { policyNames } from './names.ts';
import { gatewayOf } from './placement.ts';

export const draftCaches = (model: Model): Record<string, Marked<Cache>> =>
  Object.fromEntries(
    (gatewayOf(model)?.runtime?.caches ?? []).map((cache) => [
      cache.name,
      {
        ...fields(cache, 'store', 'maxEntries'),
        ttlMs: field(cache, 'ttl'),
        maxBytes: field(cache, 'maxSize'),
        maxEntryBytes: field(cache, 'maxEntry'),
        staleIfErrorMs: field(cache, 'staleIfError'),
      },
    ]),
  );

/** The queues as data, by name. */
export const buildQueues = (model: Model): Record<string, Queue> => unmark<Record<string, Queue>>(draftQueues(model));

/** The streams of every Redis that the gateway connects to: those it can measure. */
export function draftQueues(model: Model): Record<string, Marked<Queue>> {
  const used = new Set(gatewayOf(model)?.uses.map((use) => use.datastore));
  const stores = model.datastores.filter(({ engine, name }) => engine === 'redis' && used.has(name));
  const streams = stores.flatMap((store) => store.streams.map((stream) => ({ store, stream })));
  const names = policyNames(streams.map(({ stream }) => queueId(stream.name)));
  return Object.fromEntries(
    streams.map(({ store, stream }) => [
      names.get(queueId(stream.name)) ?? queueId(stream.name),
      claim(
        'observability/queue',
        'environment',
        { stream: stream.name, group: stream.group },
        {
          stream: field(stream, 'name'),
          ...fields(stream, 'group', 'maxDeliveries'),
          env: from(store.origin.self, addressVariableOf(model, gatewayOf(model), store)),
          reclaimAfterMs: field(stream, 'reclaimAfter'),
        },
      ),
    ]),
  );
}

const queueId = (stream: string): string => stream.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** What the status page and the clock of the recovery point look at. */
export const draftBackups = (model: Model): Record<string, Marked<Backup>> =>
  Object.fromEntries(
    model.datastores.flatMap((store) => (store.rpo === undefined ? [] : [[store.name, toBackup(store, store.rpo)]])),
  );

const toBackup = (store: DatastoreModel, rpo: number): Marked<Backup> => ({
  rpoMs: from(store.origin.of('rpo'), rpo),
  rtoMs: field(store, 'rto'),
  drillEveryMs: store.backup && from(store.backup.origin.of('drill'), drillEvery(store.backup.drill)),
});

/** A drill may take a day; one that is a day later than its schedule ever leaves between two is overdue. */
const GRACE_MS = 86_400_000;

function drillEvery(drill: string | undefined): number | undefined {
  if (drill === undefined) return undefined;
  const cron = parseCron(drill);
  const gap = cron.ok ? longestGap(cron.value) : undefined;
  return gap === undefined ? undefined : gap + GRACE_MS;
}
