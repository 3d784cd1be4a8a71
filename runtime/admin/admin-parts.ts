/** What the operations of the operators' port work on. */

import type { Reloader } from '../process/reloader.ts';
import type { Resources } from '../process/resources.ts';
import type { Snapshot } from '../process/snapshot.ts';

export interface AdminParts {
  /** What is in force now. */
  readonly snapshot: () => Snapshot;
  readonly resources: Resources;
  readonly reloader: Reloader;
  /** The text of the policy file; undefined when the policy did not come from one. */
  readonly readPolicy: (() => Promise<string>) | undefined;
  /** When the process started, in milliseconds since 1970. */
  readonly startedWallMs: number;
}
