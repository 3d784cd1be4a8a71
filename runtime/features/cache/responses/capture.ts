/**
 * Keeps a response while it is sent to the client that asked first.
 *
 * Owns the copy, bounded by `maxEntryBytes`; judges the head by the rules of RFC 9111. Whoever waits for the response is
 * told as early as can be: of one that is not for sharing at its head, of one that is at its end.
 */

import { type Exchange, type ResponseTap, setField } from '../../../http/exchange.ts';
import type { Put } from '../cache-store.ts';
import { type Judgement, judgeResponse } from '../cacheability.ts';
import type { Landing, NamedCache } from '../named-cache.ts';
import type { Flight } from '../single-flight.ts';
import { variantKey } from './cache-key.ts';

export interface CaptureOptions {
  readonly exchange: Exchange;
  readonly cache: NamedCache;
  /** Undefined while the store takes nothing. */
  readonly put: Put | undefined;
  /** Without `Vary`. */
  readonly primary: string;
  /** Request fields that answers to this are known to vary by. */
  readonly vary: readonly string[];
  /** Undefined where nobody may wait for this. */
  readonly flight: Flight<Landing> | undefined;
  /** Whether an answer that says "I failed" is withheld, as something better is at hand. */
  readonly hasStale: boolean;
  readonly wallMs: number;
  /** The response is not for sharing. */
  readonly onPrivate: () => void;
}

export interface Capture extends ResponseTap {
  /** Status of the response that was withheld. */
  readonly withheld: number | undefined;
}

/** With a full answer all who wait are served, so the upstream is not asked whether the first one has it already. */
const CONDITIONS: ReadonlySet<string> = new Set(['if-none-match', 'if-modified-since']);
/** Answers by which an upstream says that it failed (RFC 5861, 4). */
const FAILURES = new Set([500, 502, 503, 504]);

export function createCapture(options: CaptureOptions): Capture {
  const { exchange, cache, put, primary, flight, hasStale, wallMs, onPrivate } = options;
  const { name, policy } = cache;
  let keep: Extract<Judgement, { kind: 'keep' }> | undefined;
  let withheld: number | undefined;
  let status = 0;
  let chunks: Buffer[] = [];
  let bytes = 0;

  function giveUp(): void {
    keep = undefined;
    chunks = [];
    onPrivate();
    flight?.settle({ kind: 'private' });
  }

  return {
    hidden: CONDITIONS,
    get withheld() {
      return withheld;
    },
    head(answered, headers) {
      status = answered;
      if (hasStale && FAILURES.has(status)) {
        withheld = status;
        return false;
      }
      const judgement = judgeResponse({ method: exchange.method, status, headers }, policy, wallMs);
      if (judgement.kind === 'keep') keep = judgement;
      // Those who wait would ask a service that is failing, all at once.
      else if (FAILURES.has(status)) flight?.settle({ kind: 'failed', stale: undefined, status });
      else giveUp();
      const state = [`"${name}"`, 'fwd=miss', `fwd-status=${status}`];
      if (keep !== undefined && put !== undefined && headers['content-length'] !== undefined) state.push('stored');
      setField(exchange, 'cache-status', [headers['cache-status'] ?? [], state.join('; ')].flat().join(', '));
      return true;
    },
    data(chunk) {
      if (keep === undefined) return false;
      bytes += chunk.length;
      if (bytes > policy.maxEntryBytes) {
        giveUp();
        return false;
      }
      chunks.push(chunk);
      return true;
    },
    end() {
      if (keep === undefined) return;
      const { freshMs, staleMs, ageMs, headers } = keep;
      const vary = [...new Set([...options.vary, ...keep.vary])].sort();
      const key = variantKey(primary, vary, exchange);
      const entry = { freshMs, staleMs, head: { status, headers, ageMs }, body: joinExactly(chunks, bytes) };
      if (vary.length > 0) void put?.(primary, { freshMs, staleMs, vary, body: NO_BYTES });
      const stored = put?.(key, entry);
      flight?.settle({ kind: 'kept', key, vary, kept: { entry, residentMs: 0 } }, stored);
    },
  };
}

const NO_BYTES = Buffer.alloc(0);

/** A copy of its own size: the pieces are parts of larger buffers, which they would keep from being freed. */
function joinExactly(chunks: readonly Buffer[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(whole, at);
  return whole;
}
