/** What the operations of the operators' port work on. */
import type { Engine } from '../process/engine.ts';
import type { Foundation } from '../process/foundation.ts';
import type { Reloader } from '../process/reloader.ts';

export interface AdminParts {
  /** What is in force now. */
  readonly engine: () => Engine;
  readonly foundation: Foundation;
  readonly reloader: Reloader;
  /** The text of the policy file; undefined when the policy did not come from one. */
  readonly readPolicy: (() => Promise<string>) | undefined;
  /** When the process started, in milliseconds since 1970. */
  readonly startedWallMs: number;
}
