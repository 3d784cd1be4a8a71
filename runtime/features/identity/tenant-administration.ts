/**
 * What administrators do with tenants, where `auth.tenants.store` is `database`.
 *
 * Nothing is ever deleted here: a tenant that ends is made inactive, so that its keys stop and its name is not given away.
 */
import { defined } from '../../../schemas/data/defined.ts';
import { LABEL_FORM } from '../../http/operations/schemas.ts';
import type { Storage } from '../../storage/postgres/storage.ts';
import { type Actor, type Audit, type Refusal, refuse, type Unavailable } from './audit.ts';
import { audited, orUnavailable } from './audited.ts';
import { checkName } from './check-new-key.ts';
import { readTenant, type TenantRecord } from './tenant-records.ts';

export interface TenantAdministration {
  create(tenant: NewTenant, by: Actor): Promise<TenantResult<'created'> | Refusal | Unavailable>;
  /** Changes what is given and leaves the rest. Replicas notice as they notice changes of keys. */
  update(id: string, change: TenantChange, by: Actor): Promise<TenantResult<'updated'> | Refusal | Unavailable>;
  get(id: string): Promise<TenantResult<'found'> | Refusal | Unavailable>;
  /** By id, a page at a time. */
  list(query?: TenantQuery): Promise<TenantPage | Unavailable>;
}

export interface NewTenant {
  readonly id: string;
  readonly name: string;
  readonly tier?: string;
}

export interface TenantChange {
  readonly name?: string;
  readonly tier?: string;
  readonly active?: boolean;
}

export interface TenantQuery {
  /** At most 200. Default: 50. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface TenantResult<Kind extends string> {
  readonly kind: Kind;
  readonly tenant: TenantRecord;
}

export interface TenantPage {
  readonly kind: 'listed';
  readonly tenants: readonly TenantRecord[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

export interface TenantAdministrationOptions {
  readonly storage: Pick<Storage, 'query' | 'read'>;
  /** Tiers of the policy in force; undefined when any name will do. */
  readonly tiers: () => readonly string[] | undefined;
  /** Tells that the row of a tenant has changed here. */
  readonly onChange: (id: string) => void;
  readonly audit: Audit;
}

const ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_LIMIT = 200;
const NOT_FOUND = refuse('not-found', 'There is no such tenant.');

export function createTenantAdministration(options: TenantAdministrationOptions): TenantAdministration {
  const { storage, tiers, onChange, audit } = options;

  async function create({ id, name, tier }: NewTenant): Promise<TenantResult<'created'> | Refusal> {
    if (!ID.test(id)) return refuse('invalid', 'The id must be lower-case letters, digits and inner hyphens.');
    const wrong = checkTenant({ name, ...defined({ tier }) }, tiers());
    if (wrong !== undefined) return wrong;
    const [row] = await storage.query(
      'insert into seaworthy_tenants (id, name, tier) values ($1, $2, $3) on conflict (id) do nothing returning *',
      [id, name, tier ?? null],
    );
    if (row === undefined) return refuse('exists', 'There is a tenant with this id.');
    onChange(id);
    return { kind: 'created', tenant: readTenant(row) };
  }

  async function update(id: string, change: TenantChange): Promise<TenantResult<'updated'> | Refusal> {
    const wrong = checkTenant(change, tiers());
    if (wrong !== undefined) return wrong;
    const [row] = await storage.query(
      `update seaworthy_tenants set name = coalesce($2, name), tier = coalesce($3, tier), active = coalesce($4, active)
        where id = $1 returning *`,
      [id, change.name ?? null, change.tier ?? null, change.active ?? null],
    );
    onChange(id);
    return row === undefined ? NOT_FOUND : { kind: 'updated', tenant: readTenant(row) };
  }

  async function get(id: string): Promise<TenantResult<'found'> | Refusal> {
    const [row] = await storage.query('select * from seaworthy_tenants where id = $1', [id]);
    return row === undefined ? NOT_FOUND : { kind: 'found', tenant: readTenant(row) };
  }

  async function list({ limit = 50, after }: TenantQuery): Promise<TenantPage> {
    const size = Math.min(MAX_LIMIT, Math.max(1, Math.trunc(limit)));
    const rows = await storage.read(
      'select * from seaworthy_tenants where $1::text is null or id > $1 order by id limit $2',
      [after ?? null, size + 1],
    );
    const tenants = rows.slice(0, size).map(readTenant);
    return { kind: 'listed', tenants, next: rows.length > size ? tenants.at(-1)?.id : undefined };
  }

  return {
    create: (tenant, by) =>
      audited(
        () => create(tenant),
        audit,
        () => ({
          action: 'tenant.create',
          ...by,
          subject: tenant.id,
          detail: { tier: tenant.tier },
        }),
      ),
    update: (id, change, by) =>
      audited(
        () => update(id, change),
        audit,
        () => ({
          action: 'tenant.update',
          ...by,
          subject: id,
          detail: { tier: change.tier, active: change.active === undefined ? undefined : String(change.active) },
        }),
      ),
    get: (id) => orUnavailable(() => get(id)),
    list: (query = {}) => orUnavailable(() => list(query)),
  };
}

function checkTenant({ name, tier }: TenantChange, tiers: readonly string[] | undefined): Refusal | undefined {
  if (name !== undefined && !LABEL_FORM.test(name)) {
    return refuse('invalid', 'The name must have 1 to 200 printable characters.');
  }
  return checkName('tier', tier, tiers);
}
