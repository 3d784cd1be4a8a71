/** The policy in force: to look at, and to read again from its file. */

import { json, type Operation, operation, problem, type Result } from '../../http/operations/operation.ts';
import { COUNT, list, object, SWITCH, TEXT } from '../../http/operations/schemas.ts';
import type { AdminParts } from '../admin-parts.ts';

const POLICY = object({
  digest: TEXT,
  overrides: list(object({ env: TEXT, pointer: TEXT, isActive: SWITCH })),
  notEnforced: list(object({ feature: TEXT, count: COUNT, instead: TEXT })),
  policy: { type: 'object' },
});

export function policyOperations({ snapshot, reloader }: AdminParts): readonly Operation[] {
  const show = (): Result => {
    const { policy, digest, overrides, unenforced } = snapshot();
    return json(200, { digest, overrides, notEnforced: unenforced, policy });
  };
  const answers = { 200: { description: 'The policy, with what the environment replaced.', schema: POLICY } };
  return [
    operation({
      id: 'getPolicy',
      method: 'GET',
      path: '/policy',
      summary: 'The policy in force. It names secrets and holds none.',
      access: 'open',
      answers,
      run: show,
    }),
    operation({
      id: 'getAdminPolicy',
      method: 'GET',
      path: '/v1/admin/policy',
      summary: 'The policy in force.',
      access: 'admin',
      answers,
      run: show,
    }),
    operation({
      id: 'reloadPolicy',
      method: 'POST',
      path: '/v1/admin/reload',
      summary: 'Reads the policy file again and puts it in force. A bad one is refused and changes nothing.',
      access: 'admin',
      answers: {
        200: {
          description: 'The policy of the file is in force.',
          schema: object({ result: { enum: ['reloaded', 'unchanged'] }, digest: TEXT }),
        },
      },
      problems: [422],
      change: () => ({ action: 'policy.reload', subject: snapshot().digest }),
      async run() {
        const result = await reloader.fromFile();
        if (result.kind !== 'refused') return json(200, { result: result.kind, digest: result.digest });
        return problem(422, 'The file was refused; the policy stays as it was.', { reasons: result.reasons });
      },
    }),
  ];
}
