/** What a job tells of one backup, or of one restore for practice. */
import type { BackupKind } from '../../../schemas/metrics.ts';

export interface BackupReport {
  readonly datastore: string;
  readonly kind: BackupKind;
  /** Milliseconds since 1970. */
  readonly finishedAtMs: number;
  readonly ok: boolean;
  readonly bytes?: number;
  readonly checksum?: string;
}
