/** What administrators asked for. Reading it is not itself a change. */

import { AWAY, json, type Operation, operation } from '../../http/operations/operation.ts';
import { object, PAGING, page, present, SWITCH, TEXT, TIME, timeOf } from '../../http/operations/schemas.ts';
import { describeError } from '../../telemetry/log.ts';
import type { AdminParts } from '../admin-parts.ts';
import type { StoredEntry } from '../audit/audit-records.ts';
import { cut } from '../audit/audit-text.ts';

const ENTRY = object({
  id: TEXT,
  at: TIME,
  action: TEXT,
  actor: TEXT,
  'requestId?': TEXT,
  'subject?': TEXT,
  result: { enum: ['done', 'repeated', 'refused', 'unavailable'] },
  detail: { type: 'object' },
});

export function auditOperations({ resources }: AdminParts): readonly Operation[] {
  const { audit, log } = resources;
  return [
    operation({
      id: 'listAudit',
      method: 'GET',
      path: '/v1/admin/audit',
      summary: 'Changes that administrators asked for, newest first.',
      access: 'admin',
      query: { ...PAGING, after: { type: 'string', pattern: '^[0-9]{1,18}$' } },
      answers: { 200: { description: 'One page of entries.', schema: page(ENTRY, { isPersistent: SWITCH }) } },
      problems: [503],
      async run({ query: { limit = '50', after } }) {
        try {
          const { entries, next, isPersistent } = await audit.list({ limit: Number(limit), after });
          return json(200, present({ items: entries.map(describeEntry), next, isPersistent }));
        } catch (error) {
          log.warn(describeError(error), 'audit entries could not be read');
          return AWAY;
        }
      },
    }),
  ];
}

function describeEntry({ atMs, detail = {}, subject, ...entry }: StoredEntry): Readonly<Record<string, unknown>> {
  // What was refused may be of any length, and was kept so by earlier releases.
  return { ...present({ ...entry, subject: cut(subject) }), at: timeOf(atMs), detail: present(detail) };
}
