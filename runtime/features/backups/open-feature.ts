/** Opens the reports of backups, kept in the database where there is one. */
import type { OpenFeature } from '../../feature.ts';
import { type BackupReports, createBackupReports } from './backup-reports.ts';
import { backupOperations } from './operations.ts';

export const openBackups: OpenFeature<BackupReports> = ({ clock, log, registry, query }) => {
  const backups = createBackupReports({ clock, log, registry, query });
  return {
    api: backups,
    use: backups.use,
    operations: backupOperations({ backups, clock }),
    beforeScrape: backups.refresh,
  };
};
