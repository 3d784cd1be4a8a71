/**
 * Operators: what they ask, what of it was written down, and what backup jobs report.
 */
import type { MetricDescription } from './description.ts';

/** `denied`: without the right credential. `refused`: understood and not done. */
export const ADMIN_RESULTS = ['done', 'refused', 'denied', 'failed'] as const;
export type AdminResult = (typeof ADMIN_RESULTS)[number];

export const BACKUP_KINDS = ['backup', 'restore-drill'] as const;
export type BackupKind = (typeof BACKUP_KINDS)[number];

export const ADMIN_METRICS = {
  admin_requests_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Requests to the administration API, by result.',
    labels: ['result'],
    values: { result: ADMIN_RESULTS },
  },
  audit_entries_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Changes that administrators asked for; each is also one line of the log.',
    labels: [],
  },
  audit_entries_unsaved: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Audit entries that the database has not taken yet.',
    labels: [],
  },
  audit_entries_lost_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Audit entries that the database never took because too many were waiting; they are in the log.',
    labels: [],
  },
  backup_last_success_timestamp_seconds: {
    type: 'gauge',
    unit: 'seconds',
    initialised: true,
    help: 'When the last good backup that was reported had ended, in seconds since 1970; 0 for never.',
    labels: ['datastore'],
  },
  restore_drill_last_success_timestamp_seconds: {
    type: 'gauge',
    unit: 'seconds',
    initialised: true,
    help: 'When the last good rehearsal of a restore that was reported had ended, in seconds since 1970; 0 for never.',
    labels: ['datastore'],
  },
  backup_rpo_seconds: {
    type: 'gauge',
    unit: 'seconds',
    initialised: true,
    help: 'Most data, in time, that the policy allows to be lost.',
    labels: ['datastore'],
  },
  backup_reports_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Reports of backups and rehearsed restores that this replica took, by result.',
    labels: ['datastore', 'kind', 'result'],
    values: { kind: BACKUP_KINDS, result: ['ok', 'failed'] },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
