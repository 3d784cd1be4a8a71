/** The status, for people and for programs; without a credential, as it names nobody. */

import { type Operation, operation } from '../../http/operations/operation.ts';
import type { AdminParts } from '../admin-parts.ts';
import { collectStatus } from '../status/collect-status.ts';
import { describeStatus, STATUS } from '../status/describe-status.ts';
import { PAGE_FIELDS, renderStatus } from '../status/render-status.ts';

export function statusOperations(parts: AdminParts): readonly Operation[] {
  return [
    operation({
      id: 'getStatusPage',
      method: 'GET',
      path: '/status',
      summary: 'How this replica is doing, as a page.',
      access: 'open',
      answers: { 200: { description: 'The page.', type: 'text/html; charset=utf-8' } },
      run: async () => ({
        kind: 'text',
        status: 200,
        text: renderStatus(await collectStatus(parts)),
        fields: PAGE_FIELDS,
      }),
    }),
    operation({
      id: 'getStatus',
      method: 'GET',
      path: '/v1/status',
      summary: 'How this replica is doing, and what wants attention.',
      access: 'open',
      answers: { 200: { description: 'The status.', schema: STATUS } },
      run: async () => ({ kind: 'json', status: 200, value: describeStatus(await collectStatus(parts)) }),
    }),
  ];
}
