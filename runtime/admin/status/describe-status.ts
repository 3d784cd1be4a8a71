/** The status as JSON: what the page shows, with times as text. */
import {
  COUNT,
  list,
  object,
  present,
  presentTimes,
  SWITCH,
  TEXT,
  TEXTS,
  TIME,
  timeOf,
} from '../../http/operations/schemas.ts';
import { findWarnings } from './find-warnings.ts';
import type { StatusView } from './status-view.ts';

const SHARE = { type: 'number', minimum: 0 };

export const STATUS = object({
  system: TEXT,
  environment: TEXT,
  stage: TEXT,
  version: TEXT,
  at: TIME,
  startedAt: TIME,
  readiness: { enum: ['ready', 'starting', 'draining', 'unavailable'] },
  activeRequests: COUNT,
  attention: list(object({ level: { enum: ['warn', 'bad'] }, section: TEXT, text: { type: 'string' } })),
  dependencies: list(object({ name: TEXT, required: SWITCH, up: SWITCH })),
  objectives: list(
    object({
      name: TEXT,
      'withinMs?': COUNT,
      target: SHARE,
      windowMs: COUNT,
      total: COUNT,
      bad: COUNT,
      'good?': SHARE,
      'burn?': SHARE,
      'spent?': SHARE,
    }),
  ),
  limits: list(object({ name: TEXT, admitted: COUNT, refused: COUNT })),
  breakers: list(
    object({ kind: TEXT, name: TEXT, state: TEXT, 'forced?': TEXT, failures: COUNT, calls: COUNT, refused: COUNT }),
  ),
  pools: list(object({ name: TEXT, configured: COUNT, size: COUNT, inUse: COUNT, waiting: COUNT })),
  caches: list(object({ name: TEXT, store: TEXT, 'entries?': COUNT, 'bytes?': COUNT, hits: COUNT, misses: COUNT })),
  queues: list(
    object({
      name: TEXT,
      up: SWITCH,
      'length?': COUNT,
      'pending?': COUNT,
      'oldestPendingMs?': COUNT,
      'consumers?': COUNT,
      'dead?': COUNT,
    }),
  ),
  recovery: list(object({ datastore: TEXT, rpoMs: COUNT, 'lastGoodBackupAt?': TIME, 'lastGoodDrillAt?': TIME })),
  policy: object({
    digest: TEXT,
    'fileDigest?': TEXT,
    'expectedDigest?': TEXT,
    'lastReload?': object({ at: TIME, result: TEXT, reasons: TEXTS }),
    overrides: TEXTS,
    notEnforced: TEXTS,
  }),
});

export function describeStatus(view: StatusView): Readonly<Record<string, unknown>> {
  const { system, environment, stage, version, readiness, activeRequests, dependencies, limits, policy } = view;
  const { digest, fileDigest, expectedDigest, lastReload, overrides, unenforced } = policy;
  return {
    ...{ system, environment, stage, version, readiness, activeRequests, dependencies, limits },
    at: timeOf(view.nowMs),
    startedAt: timeOf(view.startedMs),
    attention: findWarnings(view),
    objectives: view.objectives.map((objective) => present({ ...objective })),
    breakers: view.breakers.map(({ kind, name, state, forced, failures, calls, refused }) =>
      present({ kind, name, state, forced, failures, calls, refused }),
    ),
    pools: view.pools,
    caches: view.caches.map(({ stats: { hits, misses }, ...cache }) => present({ ...cache, hits, misses })),
    queues: view.queues.map(({ name, reading }) => ({ name, up: reading !== undefined, ...reading })),
    recovery: view.backups.map(({ datastore, rpoMs, lastGoodBackupMs, lastGoodDrillMs }) => ({
      datastore,
      rpoMs,
      ...presentTimes({ lastGoodBackupAt: lastGoodBackupMs, lastGoodDrillAt: lastGoodDrillMs }),
    })),
    policy: present({
      digest,
      fileDigest,
      expectedDigest,
      lastReload: lastReload && {
        at: timeOf(lastReload.atMs),
        result: lastReload.result,
        reasons: lastReload.reasons,
      },
      overrides: overrides.filter(({ isActive }) => isActive).map(({ env }) => env),
      notEnforced: unenforced.map(({ feature }) => feature),
    }),
  };
}
