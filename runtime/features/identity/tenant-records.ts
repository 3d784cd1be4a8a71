/**
 * Tenants as rows, where `auth.tenants.store` is `database`.
 *
 * Owns the SQL and the check of what comes back.
 */
import type { Query, Row } from '../../storage/postgres/database.ts';
import { textOf, timeOf } from './key-records.ts';

export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly tier: string | undefined;
  /** Keys of a tenant that is not are answered 403. */
  readonly active: boolean;
  readonly createdAtMs: number;
}

export async function findTenant(query: Query, id: string): Promise<TenantRecord | undefined> {
  const [row] = await query('select * from seaworthy_tenants where id = $1', [id]);
  return row === undefined ? undefined : readTenant(row);
}

export function readTenant(row: Row): TenantRecord {
  const { id, name, active } = row;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof active !== 'boolean')
    throw new Error('a row of seaworthy_tenants is broken');
  return { id, name, tier: textOf(row['tier']), active, createdAtMs: timeOf(row['created_at']) ?? 0 };
}
