/**
 * The schema of the runtime's database, as steps that only go forward.
 *
 * A step that was released is never edited: its checksum is kept in the database and compared. Steps expand before they
 * contract, so that this release and the one before run side by side during a rollout. The text is here and not in files
 * beside, so that a bundle carries it.
 */
export interface Migration {
  readonly id: number;
  readonly name: string;
  readonly sql: string;
}

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
    id: 20,
    name: 'audit-and-backups',
    sql: `
create table seaworthy_audit (
  id         bigint generated always as identity primary key,
  at         timestamptz not null,
  action     text not null,
  actor      text not null,
  request_id text,
  subject    text,
  result     text not null check (result in ('done', 'repeated', 'refused', 'unavailable')),
  detail     jsonb not null default '{}'
);
create table seaworthy_backup_reports (
  id          bigint generated always as identity primary key,
  datastore   text not null,
  kind        text not null check (kind in ('backup', 'restore-drill')),
  finished_at timestamptz not null,
  ok          boolean not null,
  bytes       bigint check (bytes >= 0),
  checksum    text,
  reported_at timestamptz not null default now()
);
create index seaworthy_backup_reports_latest on seaworthy_backup_reports (datastore, kind, ok, finished_at desc);
create function seaworthy_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are only ever added', tg_table_name;
end $$;
create trigger seaworthy_append_only before update or delete or truncate on seaworthy_audit
  for each statement execute function seaworthy_append_only();
`,
  },
];
