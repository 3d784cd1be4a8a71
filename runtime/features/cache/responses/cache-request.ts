/** What the steps of a cached request share. */
import type { ServerResponse } from 'node:http';
import type { Route, RuntimePolicy } from '../../../../schemas/runtime-policy.gen.ts';
import type { Exchange, Respond, Verdict } from '../../../http/exchange.ts';
import type { Phase } from '../../../http/phase.ts';
import type { Clock } from '../../../resilience/clock.ts';
import type { NamedCache } from '../named-cache.ts';
import type { PassMarks } from '../pass-marks.ts';
import type { CacheUse } from './cache-key.ts';

export interface CacheRequest {
  readonly exchange: Exchange;
  readonly res: ServerResponse;
  readonly route: Route;
  readonly use: CacheUse;
  readonly cache: NamedCache;
  /** The key without what answers vary by. */
  readonly primary: string;
}

export interface CacheParts {
  readonly policy: RuntimePolicy;
  readonly clock: Clock;
  readonly phase: Phase;
  readonly proxy: Respond;
  readonly passMarks: PassMarks;
}

/** What one look came to. */
export type Look =
  | { readonly kind: 'answered'; readonly verdict: Verdict }
  /** Look again, with these request fields in the key. */
  | { readonly kind: 'again'; readonly vary: readonly string[] }
  /** No help here: call the upstream. */
  | { readonly kind: 'alone' };
