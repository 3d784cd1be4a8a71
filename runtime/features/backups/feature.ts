/** The clock of recovery objectives: `backups`, what jobs report of each datastore. */
import type { Feature } from '../../feature.ts';
import type { BackupReports } from './backup-reports.ts';

export const backups: Feature<BackupReports> = {
  isAskedFor: (policy) => Object.keys(policy.backups ?? {}).length > 0,
  load: async () => (await import('./open-feature.ts')).openBackups,
};
