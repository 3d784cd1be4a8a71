/**
 * Whether a request comes from the administrator.
 *
 * Without a token in the environment there is no administration, and nothing tells it from a path that never was. Tokens
 * are compared by their digests, in a time that tells neither content nor length. A key of a tenant is a good credential
 * of somebody else: it is told so by 403, everything else by 401.
 */
import type { IncomingMessage } from 'node:http';
import type { KeyDirectory } from '../features/identity/key-directory.ts';
import { readBearer } from '../features/identity/read-bearer.ts';
import { timingSafeEqualText } from '../http/timing-safe-equal.ts';

export type Access = 'admin' | 'absent' | 'missing' | 'wrong' | 'tenant-key';

export interface AuthorizeOptions {
  readonly adminToken: string | undefined;
  readonly keys: KeyDirectory | undefined;
  /** Header that carries API keys, in lower case. */
  readonly keyHeader: string;
}

export async function authorize(req: IncomingMessage, options: AuthorizeOptions): Promise<Access> {
  const { adminToken, keys, keyHeader } = options;
  if (adminToken === undefined || adminToken === '') return 'absent';
  const lines = req.headersDistinct['authorization'] ?? [];
  const token = lines.length === 1 ? readBearer(lines[0]) : undefined;
  if (token !== undefined && timingSafeEqualText(token, adminToken)) return 'admin';
  const key = req.headersDistinct[keyHeader]?.[0];
  const candidates = [token, keyHeader === 'authorization' ? undefined : key].filter((text) => text !== undefined);
  for (const candidate of candidates) {
    if ((await keys?.verify(candidate))?.kind === 'known') return 'tenant-key';
  }
  return lines.length === 0 && key === undefined ? 'missing' : 'wrong';
}
