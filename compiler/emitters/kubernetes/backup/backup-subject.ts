/** The name by which the pods of a backup are known, to their own objects and to the policy of the store. */
import { objectName } from '../../../object-name.ts';
import { LONGEST_CRONJOB_NAME } from '../metadata.ts';

export const backupInstance = (datastore: string): string =>
  objectName(`backup-${datastore}`, LONGEST_CRONJOB_NAME - 9);
