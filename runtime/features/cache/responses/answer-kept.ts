/**
 * Answers with what is kept: fresh fields of the policies, stored fields of the response, its age, and how it came about
 * (Cache-Status, RFC 9211).
 */
import type { ServerResponse } from 'node:http';
import { type Exchange, setField } from '../../../http/exchange.ts';
import { sendResponseHead } from '../../../proxy/response-head.ts';
import type { Kept, StoredHead } from '../cache-store.ts';
import { isNotModified } from '../not-modified.ts';
import type { CacheParts, CacheRequest } from './cache-request.ts';

export interface KeptAnswer {
  readonly kept: Kept;
  readonly how: 'hit' | 'collapsed' | 'stale';
  /** Status of the upstream that failed; only with `stale`, and only when it answered at all. */
  readonly upstreamStatus?: number | undefined;
}

/** Fields that a 304 repeats (RFC 9110, 15.4.5). */
const WITH_304 = ['cache-control', 'content-location', 'date', 'etag', 'expires', 'vary'];
const ONE_WRITE_BYTES = 16_384;

/** Writes the answer, unless the client has gone, and counts it. */
export function serve({ exchange, res, cache }: CacheRequest, answer: KeptAnswer, parts: CacheParts): undefined {
  if (answer.how === 'stale') cache.stats.stale += 1;
  else cache.stats.hits += 1;
  if (!res.destroyed) write(exchange, res, { ...answer, cache: cache.name }, parts);
}

interface NamedAnswer extends KeptAnswer {
  readonly cache: string;
}

function write(exchange: Exchange, res: ServerResponse, answer: NamedAnswer, { policy, phase }: CacheParts): void {
  const { kept } = answer;
  const { head, body } = kept.entry;
  if (head === undefined) throw new Error('cache: what is kept here is no response');
  exchange.outcome =
    exchange.outcome === undefined ? `cache-${answer.how}` : `cache-${answer.how}: ${exchange.outcome}`;
  setField(exchange, 'age', String(Math.floor((head.ageMs + kept.residentMs) / 1_000)));
  setField(exchange, 'cache-status', describe(answer));
  if (head.status === 200 && hasAlready(exchange, head)) {
    const headers = Object.fromEntries(Object.entries(head.headers).filter(([name]) => WITH_304.includes(name)));
    sendResponseHead(exchange, res, { status: 304, headers }, policy, phase);
    res.end();
    return;
  }
  const length = head.status === 204 ? {} : { 'content-length': String(body.length) };
  const headers = { ...head.headers, ...length };
  sendResponseHead(exchange, res, { status: head.status, headers }, policy, phase);
  // As text, since Node joins a head only with text; latin1 keeps every byte.
  if (body.length > 0 && body.length <= ONE_WRITE_BYTES) res.end(body.toString('latin1'), 'latin1');
  else res.end(body);
}

function hasAlready({ req, method }: Exchange, { headers }: StoredHead): boolean {
  if (method === 'POST') return false;
  const condition = { ifNoneMatch: req.headers['if-none-match'], ifModifiedSince: req.headers['if-modified-since'] };
  return isNotModified(condition, { etag: textOf(headers['etag']), lastModified: textOf(headers['last-modified']) });
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function describe({ cache, kept, how, upstreamStatus }: NamedAnswer): string {
  const ttl = `ttl=${Math.floor((kept.entry.freshMs - kept.residentMs) / 1_000)}`;
  switch (how) {
    case 'hit':
      return `"${cache}"; hit; ${ttl}`;
    case 'collapsed':
      return `"${cache}"; fwd=miss; collapsed; ${ttl}`;
    case 'stale': {
      const status = upstreamStatus === undefined ? '' : `; fwd-status=${upstreamStatus}`;
      return `"${cache}"; fwd=stale${status}; ${ttl}; detail=stale-if-error`;
    }
  }
}
