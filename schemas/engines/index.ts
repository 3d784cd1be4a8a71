/**
 * The engines that a Datastore may name, in the order of the spec's list. One file an engine; this one only lists them.
 *
 * Everything that differs between engines is read here: ports, variables, health, exporters, backups, defaults.
 */
import { clickhouse } from './clickhouse.ts';
import type { Engine } from './engine.ts';
import { hsm } from './hsm.ts';
import { kafka } from './kafka.ts';
import { mariadb } from './mariadb.ts';
import { memcached } from './memcached.ts';
import { mongodb } from './mongodb.ts';
import { mosquitto } from './mosquitto.ts';
import { mysql } from './mysql.ts';
import { nats } from './nats.ts';
import { objectStorage } from './object-storage.ts';
import { opensearch } from './opensearch.ts';
import { other } from './other.ts';
import { postgresql } from './postgresql.ts';
import { qdrant } from './qdrant.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redis } from './redis.ts';
import { sled } from './sled.ts';
import { sqlite } from './sqlite.ts';
import { supabase } from './supabase.ts';
import { tantivy } from './tantivy.ts';
import { vault } from './vault.ts';

export const ENGINES = [
  postgresql,
  redis,
  sqlite,
  qdrant,
  sled,
  tantivy,
  mosquitto,
  rabbitmq,
  kafka,
  nats,
  mysql,
  mariadb,
  mongodb,
  opensearch,
  memcached,
  clickhouse,
  objectStorage,
  supabase,
  hsm,
  vault,
  other,
] as const satisfies readonly Engine[];

export type EngineName = (typeof ENGINES)[number]['name'];

const BY_NAME: ReadonlyMap<string, Engine> = new Map(ENGINES.map((engine) => [engine.name, engine]));

/** Total: an engine that the schema accepts is in the list, which a test holds. */
export const engineOf = (name: EngineName): Engine => BY_NAME.get(name) ?? other;

export type { BackupTool, Engine } from './engine.ts';
