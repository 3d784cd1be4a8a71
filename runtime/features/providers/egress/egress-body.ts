/**
 * The body of a call on its way to a provider.
 *
 * A short one is read before the call takes a place: a service that sends slowly then holds none, and the call can be
 * sent again. A longer one streams by, once.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { hasBody, openRequestBody } from '../../../http/request-body.ts';

export interface EgressBody {
  /** Whether it can be sent again. */
  readonly isRepeatable: boolean;
  /** For one attempt. */
  open(): Readable | Buffer | null;
}

const KEPT_BYTES = 262_144;

/** Undefined when the service went away meanwhile. */
export async function readEgressBody(req: IncomingMessage, res: ServerResponse): Promise<EgressBody | undefined> {
  if (!hasBody(req)) return { isRepeatable: true, open: () => null };
  const length = req.headers['content-length'];
  if (length === undefined || Number(length) > KEPT_BYTES) return { isRepeatable: false, open: () => stream(req, res) };
  sayContinue(req, res);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of req) chunks.push(chunk);
  } catch {
    return undefined;
  }
  const whole = Buffer.concat(chunks);
  return { isRepeatable: true, open: () => whole };
}

function stream(req: IncomingMessage, res: ServerResponse): Readable | null {
  const body = openRequestBody(req, undefined, Number.POSITIVE_INFINITY, () => sayContinue(req, res));
  if (body.kind !== 'stream') return null;
  const opened = body.stream.open();
  // What the provider did not want is not left before the next request.
  opened.once('close', () => body.stream.discard());
  return opened;
}

function sayContinue(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.expect !== undefined) res.writeContinue();
}
