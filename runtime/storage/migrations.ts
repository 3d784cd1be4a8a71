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
];
