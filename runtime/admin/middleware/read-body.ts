/** Reads the JSON body of an operation that takes one: bounded, and refused where it is something else. */
import type { IncomingMessage } from 'node:http';
import { type Operation, problem, type Result } from '../../http/operations/operation.ts';
import { hasBody } from '../../http/request-body.ts';
import type { RouteMiddleware } from './admin-state.ts';
import { answer } from './answer.ts';

const MAX_BYTES = 65_536;
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
const TOO_LARGE = problem(413, `The body may have at most ${MAX_BYTES} bytes.`);

export function readBody({ body, isBodyOptional }: Operation): RouteMiddleware {
  return async function readBodyOf(ctx, next) {
    if (body === undefined) return next();
    const read = isBodyOptional && !hasBody(ctx.req) ? { kind: 'read' as const, value: {} } : await readJson(ctx.req);
    if (read.kind !== 'read') return answer(ctx, read);
    ctx.state.body = read.value;
    return next();
  };
}

async function readJson(req: IncomingMessage): Promise<Result | { readonly kind: 'read'; readonly value: unknown }> {
  if (!JSON_TYPE.test(req.headers['content-type'] ?? '')) return problem(415, 'The body must be application/json.');
  if (Number(req.headers['content-length'] ?? 0) > MAX_BYTES) return TOO_LARGE;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of req) {
      length += chunk.length;
      if (length > MAX_BYTES) return TOO_LARGE;
      chunks.push(chunk);
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    return { kind: 'read', value: JSON.parse(text) };
  } catch {
    return problem(400, 'The body is not JSON, or did not come whole.');
  }
}
