/** The scorecard of readiness for production. */

import { json, type Operation, operation } from '../../http/operations/operation.ts';
import { COUNT, list, object, TEXT } from '../../http/operations/schemas.ts';
import type { AdminParts } from '../admin-parts.ts';
import { judgeReadiness } from '../scorecard.ts';
import { collectStatus } from '../status/collect-status.ts';

const SCORECARD = object({
  holds: COUNT,
  judged: COUNT,
  items: list(object({ id: TEXT, claim: TEXT, result: { enum: ['holds', 'fails', 'unknown'] } })),
});

export function scorecardOperation(parts: AdminParts): Operation {
  return operation({
    id: 'getScorecard',
    method: 'GET',
    path: '/v1/admin/scorecard',
    summary: 'How ready for production this replica is, claim by claim.',
    access: 'admin',
    answers: { 200: { description: 'The claims, and how many of those that can be judged hold.', schema: SCORECARD } },
    async run() {
      const { resources, snapshot } = parts;
      const { policy } = snapshot();
      const isServer = (resources.env[policy.storage.database.env] ?? '') !== '';
      const database = resources.identity === undefined ? 'none' : isServer ? 'postgresql' : 'embedded';
      const hasAdministrator = resources.adminToken !== undefined;
      return json(200, judgeReadiness(policy, await collectStatus(parts), { hasAdministrator, database }));
    },
  });
}
