/**
 * Lets nobody but the administrator to what is below /v1/admin.
 *
 * Without a token in the environment there is no administration, and nothing tells it from a path that never was. Tokens
 * are compared by their digests, in a time that tells neither content nor length. A key of a tenant is a good credential
 * of somebody else: it is told so by 403, everything else by 401.
 */
import type { IncomingMessage } from 'node:http';
import { readBearer } from '../../features/identity/read-bearer.ts';
import { problem, type Result } from '../../http/operations/operation.ts';
import { timingSafeEqualText } from '../../http/timing-safe-equal.ts';
import type { AdminParts } from '../admin-parts.ts';
import { type AdminMiddleware, isAdministration } from './admin-state.ts';
import { answer, NOTHING_HERE } from './answer.ts';

type Stranger = 'absent' | 'missing' | 'wrong' | 'tenant-key';

const REFUSALS: Readonly<Record<Stranger, Result>> = {
  absent: NOTHING_HERE,
  missing: problem(401, 'A credential is required.'),
  wrong: problem(401, 'This credential is not accepted.'),
  'tenant-key': problem(403, 'An API key does not administer.'),
};

export function authorize({ resources: { adminToken = '', identity, log }, snapshot }: AdminParts): AdminMiddleware {
  return async function authorizeRequest(ctx, next) {
    if (!isAdministration(ctx.path)) return next();
    const who = adminToken === '' ? 'absent' : await identify(ctx.req, adminToken);
    if (who === 'administrator') return next();
    if (who !== 'absent') log.warn({ reason: who, client: ctx.req.socket.remoteAddress }, 'administration refused');
    if (who === 'missing' || who === 'wrong') ctx.set('www-authenticate', 'Bearer realm="administration"');
    answer(ctx, REFUSALS[who]);
  };

  async function identify(req: IncomingMessage, expected: string): Promise<Stranger | 'administrator'> {
    const keyHeader = snapshot().policy.auth.apiKeys.header;
    const lines = req.headersDistinct['authorization'] ?? [];
    const token = lines.length === 1 ? readBearer(lines[0]) : undefined;
    if (token !== undefined && timingSafeEqualText(token, expected)) return 'administrator';
    const key = req.headersDistinct[keyHeader]?.[0];
    const candidates = [token, keyHeader === 'authorization' ? undefined : key];
    const found = await Promise.all(candidates.map((text) => text !== undefined && identity?.keys.verify(text)));
    if (found.some((principal) => principal && principal.kind === 'known')) return 'tenant-key';
    return lines.length === 0 && key === undefined ? 'missing' : 'wrong';
  }
}
