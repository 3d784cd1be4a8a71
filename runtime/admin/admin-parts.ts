/** What the operations of the operators' port work on. */
import type { Engine } from '../engine.ts';
import type { Foundation } from '../foundation.ts';
import type { Reloader } from '../lifecycle/reloader.ts';

export interface AdminParts {
  /** What is in force now. */
  readonly engine: () => Engine;
  readonly foundation: Foundation;
  readonly reloader: Reloader;
  /** The text of the policy file; undefined when the policy did not come from one. */
  readonly readPolicy: (() => Promise<string>) | undefined;
  /** Undefined where nothing is cached. */
  readonly caches: CacheAdministration | undefined;
  /** When the process started, in milliseconds since 1970. */
  readonly startedWallMs: number;
}

/** What administration asks of the caches of responses. */
export interface CacheAdministration {
  list(): Promise<readonly ListedCache[]>;
  /** Settles when the shared stores know, within their own time limits. */
  invalidate(tags: readonly string[]): Promise<void>;
  /** False when there is no such cache. */
  clear(name: string): Promise<boolean>;
}

export interface ListedCache {
  readonly name: string;
  readonly store: 'memory' | 'redis';
  /** Undefined while a shared store does not answer. */
  readonly entries: number | undefined;
  /** Undefined for a shared store. */
  readonly bytes: number | undefined;
  readonly stats: { readonly hits: number; readonly misses: number };
}
