/**
 * What the edge holds in memory and on disk: heads, and bodies of clients that are slower than the services.
 *
 * Owns the sizes. Heads fit whatever the runtime takes (schemas/http-limits.ts). Small bodies are taken in whole, so that a slow client
 * costs the services nothing; large ones are passed on as they come, or each of them would be written to the disk first.
 */
import {
  ADDED_RESPONSE_BYTES,
  REQUEST_LINE_BYTES,
  REQUEST_LINES,
  RESPONSE_HEAD_BYTES,
} from '../../../schemas/http-limits.ts';
import { bytes, formatNginxSize } from '../../../schemas/units/index.ts';
import { comment, directive, gap, type NginxNode } from '../../printers/nginx-conf.ts';
import type { Model } from '../../resolve/model/index.ts';
import type { PathGroup } from './edge-plan.ts';
import { hasBody } from './exchange-times.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A body above this is streamed. A hundred of them at once are a gigabyte of disk. */
const LARGEST_KEPT_BODY = 8 * MIB;

/** What of an answer waits on the disk for a slow client, beyond the memory; what is larger comes at the pace of the client. */
const LARGEST_KEPT_ANSWER = 64 * MIB;

/** One piece of an answer in memory, and how many. */
const PIECE = 16 * KIB;
const PIECES = 8;

/** For `http`. */
export function bufferNodes(model: Model): readonly NginxNode[] {
  const headBytes = responseHeadBytes(model);
  const head = sizeOf(headBytes);
  return [
    gap,
    comment('Heads as large as those of the runtime: one line of a request, and the whole head of an answer.'),
    directive('large_client_header_buffers', String(REQUEST_LINES), sizeOf(REQUEST_LINE_BYTES)),
    directive('proxy_buffer_size', head),
    directive('proxy_buffers', String(Math.max(PIECES, headBytes / PIECE + 1)), sizeOf(PIECE)),
    directive('proxy_busy_buffers_size', head),
    comment('What a slow client has not read yet waits on the disk up to this size; beyond it the service waits.'),
    directive('proxy_max_temp_file_size', sizeOf(LARGEST_KEPT_ANSWER)),
  ];
}

/** A large upload is passed on as it comes; the route's time then counts from its first byte. */
export function uploadNodes({ routes }: PathGroup): readonly NginxNode[] {
  const largest = Math.max(0, ...routes.filter(hasBody).map(({ route }) => route.bodyLimit));
  return largest <= LARGEST_KEPT_BODY ? [] : [directive('proxy_request_buffering', 'off')];
}

/** A power of two that holds the head of a service and what is added to it. */
function responseHeadBytes({ environment }: Model): number {
  const own = Object.entries(environment.securityHeaders).reduce(
    (sum, [name, value]) => sum + name.length + value.length + ': \r\n'.length,
    0,
  );
  return 2 ** Math.ceil(Math.log2(RESPONSE_HEAD_BYTES + ADDED_RESPONSE_BYTES + own));
}

const sizeOf = (size: number): string => formatNginxSize(bytes(size));
