/**
 * The schema of the runtime's database, as steps that only go forward.
 *
 * A step that was released is never edited: its checksum is kept in the database and compared. Steps expand before they
 * contract, so that this release and the one before run side by side during a rollout. The text is here and not in files
 * beside, so that a bundle carries it.
 */

import { AUDIT_MIGRATION } from './audit-migration.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    name: 'api-keys',
    sql: `
create table seaworthy_api_keys (
  id           text primary key check (id ~ '^[0-9A-Za-z]{10}$'),
  digest       bytea not null check (octet_length(digest) = 32),
  label        text not null,
  key_type     text,
  tenant       text,
  tier         text,
  user_id      text,
  organisation text,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz
);
comment on column seaworthy_api_keys.digest is 'HMAC-SHA256 of the secret under the pepper; the secret itself is stored nowhere';
`,
  },
  {
    id: 2,
    name: 'key-life-and-tenants',
    sql: `
alter table seaworthy_api_keys
  add column last4           text,
  add column roles           text[] not null default '{}',
  add column replaces        text unique references seaworthy_api_keys (id),
  add column chain           text,
  add column retired_at      timestamptz,
  add column rotation_digest bytea,
  add column updated_at      timestamptz not null default now();
comment on column seaworthy_api_keys.last4 is 'the last four characters of the text, to tell keys apart; they are part of its checksum';
comment on column seaworthy_api_keys.chain is 'id of the first key of a chain of rotations; null for a key that was never rotated';
comment on column seaworthy_api_keys.retired_at is 'when a rotation replaced this key; it works on until expires_at';
create unique index seaworthy_api_keys_digest on seaworthy_api_keys (digest);
create index seaworthy_api_keys_active on seaworthy_api_keys (expires_at, revoked_at);
create index seaworthy_api_keys_created on seaworthy_api_keys (created_at, id);
create index seaworthy_api_keys_updated on seaworthy_api_keys (updated_at);
create index seaworthy_api_keys_chain on seaworthy_api_keys (chain) where chain is not null;

create table seaworthy_tenants (
  id         text primary key check (id ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name       text not null,
  tier       text,
  active     boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index seaworthy_tenants_updated on seaworthy_tenants (updated_at);

-- Whatever changes a row, this program or a person with psql, every replica hears of it by its id.
create function seaworthy_notify_change() returns trigger language plpgsql as $$
begin
  perform pg_notify(tg_table_name, coalesce(new.id, old.id));
  return null;
end $$;
create function seaworthy_touch() returns trigger language plpgsql as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end $$;
create trigger seaworthy_touch before update on seaworthy_api_keys for each row
  when (new.last_used_at is not distinct from old.last_used_at) execute function seaworthy_touch();
create trigger seaworthy_touch before update on seaworthy_tenants for each row execute function seaworthy_touch();
create trigger seaworthy_notify after insert or delete on seaworthy_api_keys
  for each row execute function seaworthy_notify_change();
create trigger seaworthy_notify_update after update on seaworthy_api_keys for each row
  when (new.last_used_at is not distinct from old.last_used_at) execute function seaworthy_notify_change();
create trigger seaworthy_notify after insert or update or delete on seaworthy_tenants
  for each row execute function seaworthy_notify_change();
`,
  },
  AUDIT_MIGRATION,
];
