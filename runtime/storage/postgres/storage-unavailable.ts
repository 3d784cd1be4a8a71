/**
 * The one failure of a database that callers expect: it cannot be asked now.
 */

/** Thrown instead of whatever the driver said, which is kept as the cause. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
}

export function isUnavailable(error: unknown): error is StorageUnavailable {
  return error instanceof StorageUnavailable;
}
