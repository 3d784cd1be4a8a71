/**
 * The tables of administration: what was asked for, and what backup jobs reported.
 */
import type { Migration } from './migration.ts';

export const AUDIT_MIGRATION: Migration = {
  id: 3,
  name: 'audit-and-backups',
  sql: `
create table seaworthy_audit (
  id         bigint generated always as identity primary key,
  entry      uuid not null unique,
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
};
