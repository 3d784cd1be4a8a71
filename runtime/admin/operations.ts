/**
 * Every operation of the operators' port.
 *
 * The one list: what is not here is not routed, not described and not tested.
 */

import { json, type Operation, operation } from '../http/operations/operation.ts';
import type { AdminParts } from './admin-parts.ts';
import { formatOpenApi } from './open-api.ts';
import { auditOperations } from './operations/audit.ts';
import { breakerOperations } from './operations/breakers.ts';
import { explainOperations } from './operations/explain.ts';
import { keyOperations } from './operations/keys.ts';
import { metricsOperation, probeOperationsOf } from './operations/observe.ts';
import { policyOperations } from './operations/policy.ts';
import { scorecardOperation } from './operations/scorecard.ts';
import { statusOperations } from './operations/status.ts';
import { tenantOperations } from './operations/tenants.ts';

/** Those of the policy in force. */
export function listOperations(parts: AdminParts): readonly Operation[] {
  const operations: readonly Operation[] = [
    metricsOperation(parts),
    operation({
      id: 'getOpenApi',
      method: 'GET',
      path: '/v1/openapi.json',
      summary: 'This description. Without an administrator there is no administration in it.',
      access: 'open',
      answers: { 200: { description: 'OpenAPI 3.1.', schema: { type: 'object' } } },
      run: () => json(200, formatOpenApi([...probeOperations(parts), ...operations].filter(isHere))),
    }),
    ...statusOperations(parts),
    ...policyOperations(parts),
    ...tenantOperations(parts),
    ...keyOperations(parts),
    ...breakerOperations(parts),
    ...parts.resources.features.operations(parts.snapshot().policy),
    scorecardOperation(parts),
    ...explainOperations(parts),
    ...auditOperations(parts),
  ];
  const isHere = ({ access }: Operation): boolean => access === 'open' || parts.resources.adminToken !== undefined;
  return operations;
}

/** Probes are where the policy in force wants them. */
export function probeOperations({ snapshot }: AdminParts): readonly Operation[] {
  return probeOperationsOf(snapshot());
}
