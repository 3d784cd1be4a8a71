/**
 * data/has-backup
 *
 * Owns one claim: data that cannot be made again is backed up.
 */
import type { Check } from '../../check.ts';

export const hasBackup: Check = {
  id: 'data/has-backup',
  code: 'SW-405',
  severity: 'error',
  title: 'A durable datastore has no backup',
  why: 'The first failed disk, wrong migration or mistyped command is final.',
  hint: 'Declare `backup`, or `durable: false` when everything in it can be made again.',
  run: ({ datastores, environment }) =>
    datastores
      .filter((datastore) => datastore.durable && datastore.backup === undefined)
      .map((datastore) => ({
        at: datastore.origin.self,
        severity: environment.stage === 'production' ? 'error' : 'info',
        message: `datastore \`${datastore.name}\` (${datastore.engine}) is durable, but nothing backs it up in environment \`${environment.name}\``,
      })),
};
