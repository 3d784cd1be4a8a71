/** Reads the JSON body of an operators' request: bounded, and refused where it is something else. */
import type { IncomingMessage } from 'node:http';

export type ReadBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string };

const MAX_BYTES = 65_536;
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

export async function readBody(req: IncomingMessage): Promise<ReadBody> {
  if (!JSON_TYPE.test(req.headers['content-type'] ?? '')) return refuse(415, 'The body must be application/json.');
  const tooLarge = refuse(413, `The body may have at most ${MAX_BYTES} bytes.`);
  if (Number(req.headers['content-length'] ?? 0) > MAX_BYTES) return tooLarge;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of req) {
    length += chunk.length;
    if (length > MAX_BYTES) return tooLarge;
    chunks.push(chunk);
  }
  try {
    return { kind: 'json', value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))) };
  } catch {
    return refuse(400, 'The body is not JSON.');
  }
}

function refuse(status: number, detail: string): ReadBody {
  return { kind: 'refused', status, detail };
}
