/**
 * Backup reports as rows.
 *
 * Owns the SQL, and the check of what comes back. Rows are only ever added.
 */
import type { Query } from '../../storage/postgres/database.ts';
import type { BackupReport } from './backup-report.ts';

export async function insertReport(query: Query, report: BackupReport): Promise<void> {
  const { datastore, kind, finishedAtMs, ok, bytes, checksum } = report;
  await query(
    `insert into seaworthy_backup_reports (datastore, kind, finished_at, ok, bytes, checksum)
     values ($1, $2, $3, $4, $5, $6)`,
    [datastore, kind, new Date(finishedAtMs).toISOString(), ok, bytes ?? null, checksum ?? null],
  );
}

/** Of each datastore, kind and result the latest. */
export async function latestReports(query: Query): Promise<readonly BackupReport[]> {
  const rows = await query(
    `select distinct on (datastore, kind, ok) datastore, kind, finished_at, ok, bytes, checksum
       from seaworthy_backup_reports order by datastore, kind, ok, finished_at desc`,
  );
  return rows.flatMap((row) => {
    const { datastore, kind, finished_at: finished, ok, bytes, checksum } = row;
    if (typeof datastore !== 'string' || !(finished instanceof Date)) return [];
    return {
      datastore,
      kind: kind === 'backup' ? 'backup' : 'restore-drill',
      finishedAtMs: finished.getTime(),
      ok: ok === true,
      ...(bytes === null ? {} : { bytes: Number(bytes) }),
      ...(typeof checksum === 'string' ? { checksum } : {}),
    };
  });
}
