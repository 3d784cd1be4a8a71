/** What the log says of the database. */
import { describeError, type Log } from '../../telemetry/log.ts';
import type { StorageEvent } from './storage.ts';

export function logStorage(log: Log, event: StorageEvent): void {
  switch (event.kind) {
    case 'ready':
      log.info({ database: event.database, migrations: event.applied }, 'database ready');
      break;
    case 'away':
      log.warn(describeError(event.error), 'database away');
      break;
    case 'back':
      log.info('database back');
      break;
    case 'replica':
      log.info({ used: event.isUsed, lag_ms: event.lagMs }, event.isUsed ? 'replica used' : 'replica left alone');
      break;
    case 'refused':
      log.error({ reason: event.reason }, 'database refused');
  }
}
