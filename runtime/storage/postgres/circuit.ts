/**
 * Whether the database is asked at all.
 *
 * A pure state machine. States: up, down. `failed` takes it down after some failures in a row, `succeeded` takes it up
 * again. While it is down nobody's request waits for the database; one question at a time, asked beside the requests
 * (storage/postgres/open-storage.ts), finds out when it is back, so that nobody storms a server that has just recovered.
 */
export interface Circuit {
  readonly isUp: boolean;
  succeeded(): void;
  failed(error: Error): void;
}

/** More than one, for a single connection may break without a word about the server. */
const FAILURES = 3;

export function createCircuit(onChange: (isUp: boolean, error: Error | undefined) => void): Circuit {
  let failures = 0;
  return {
    get isUp() {
      return failures < FAILURES;
    },
    succeeded() {
      const wasDown = failures >= FAILURES;
      failures = 0;
      if (wasDown) onChange(true, undefined);
    },
    failed(error) {
      failures += 1;
      if (failures === FAILURES) onChange(false, error);
    },
  };
}
