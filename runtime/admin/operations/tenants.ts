/**
 * Tenants, where the policy keeps them in the database.
 *
 * Relies on identity/ for what may be made and changed, and for the audit.
 */
import { defined } from '../../../schemas/data/defined.ts';
import type { TenantAdministration, TenantChange } from '../../features/identity/tenant-administration.ts';
import type { TenantRecord } from '../../features/identity/tenant-records.ts';
import {
  json,
  notHere,
  type Operation,
  operation,
  operationWithBody,
  type Result,
} from '../../http/operations/operation.ts';
import {
  LABEL,
  NAME,
  object,
  PAGING,
  page,
  present,
  SWITCH,
  TEXT,
  TIME,
  timeOf,
} from '../../http/operations/schemas.ts';
import type { AdminParts } from '../admin-parts.ts';
import { answerRefusal } from './answer-refusal.ts';

const TENANT = object({ id: NAME, name: TEXT, 'tier?': NAME, active: SWITCH, createdAt: TIME });

export function tenantOperations({ resources }: AdminParts): readonly Operation[] {
  return [
    operation({
      id: 'listTenants',
      method: 'GET',
      path: '/v1/admin/tenants',
      summary: 'Tenants by id.',
      access: 'admin',
      query: PAGING,
      answers: { 200: { description: 'One page of tenants.', schema: page(TENANT) } },
      problems: [503],
      run: ({ query: { limit, after } }) =>
        withTenants(async (tenants) => {
          const result = await tenants.list({
            ...(limit === undefined ? {} : { limit: Number(limit) }),
            ...defined({ after }),
          });
          if (result.kind !== 'listed') return answerRefusal(result);
          return json(200, present({ items: result.tenants.map(describeTenant), next: result.next }));
        }),
    }),
    operationWithBody<{ readonly id: string; readonly name: string; readonly tier?: string }>({
      id: 'createTenant',
      method: 'POST',
      path: '/v1/admin/tenants',
      summary: 'Makes a tenant.',
      access: 'admin',
      body: object({ id: NAME, name: LABEL, 'tier?': NAME }),
      answers: { 201: { description: 'The tenant.', schema: object({ tenant: TENANT }) } },
      problems: [409, 422, 503],
      run: ({ by }, body) =>
        withTenants(async (tenants) => {
          const result = await tenants.create(body, by);
          return result.kind === 'created'
            ? json(201, { tenant: describeTenant(result.tenant) })
            : answerRefusal(result);
        }),
    }),
    operation({
      id: 'getTenant',
      method: 'GET',
      path: '/v1/admin/tenants/{id}',
      summary: 'One tenant.',
      access: 'admin',
      answers: { 200: { description: 'The tenant.', schema: object({ tenant: TENANT }) } },
      problems: [503],
      run: ({ params: { id = '' } }) =>
        withTenants(async (tenants) => {
          const result = await tenants.get(id);
          return result.kind === 'found' ? json(200, { tenant: describeTenant(result.tenant) }) : answerRefusal(result);
        }),
    }),
    operationWithBody<TenantChange>({
      id: 'updateTenant',
      method: 'PATCH',
      path: '/v1/admin/tenants/{id}',
      summary: 'Changes what is given of a tenant. Keys of a tenant that is not active stop.',
      access: 'admin',
      body: { ...object({ 'name?': LABEL, 'tier?': NAME, 'active?': SWITCH }), minProperties: 1 },
      answers: { 200: { description: 'The tenant as it is now.', schema: object({ tenant: TENANT }) } },
      problems: [422, 503],
      run: ({ params: { id = '' }, by }, body) =>
        withTenants(async (tenants) => {
          const result = await tenants.update(id, body, by);
          return result.kind === 'updated'
            ? json(200, { tenant: describeTenant(result.tenant) })
            : answerRefusal(result);
        }),
    }),
  ];

  function withTenants(use: (tenants: TenantAdministration) => Promise<Result>): Result | Promise<Result> {
    const tenants = resources.identity?.tenants;
    return tenants === undefined ? notHere('tenants in a database') : use(tenants);
  }
}

function describeTenant({ id, name, tier, active, createdAtMs }: TenantRecord): Readonly<Record<string, unknown>> {
  return present({ id, name, tier, active, createdAt: timeOf(createdAtMs) });
}
