/**
 * Where the process is in its life.
 *
 *   starting --ready()--> running --announce()--> announcing --close()--> closing
 *
 * Owns the one value that readiness, `Connection: close` and event streams look at; process/drain.ts drives its end.
 * There is no way back: a process that began to stop stops.
 */
export type PhaseName = 'starting' | 'running' | 'announcing' | 'closing';

export interface Phase {
  readonly name: PhaseName;
  /** Whether responses should ask clients to connect elsewhere. */
  readonly isStopping: boolean;
  /** Settles when it begins to stop. */
  readonly whenStopping: Promise<void>;
  ready(): void;
  announce(): void;
  close(): void;
  /** Calls back when the phase becomes `closing`; the answer takes the callback away. */
  onClosing(callback: () => void): () => void;
}

export function createPhase(): Phase {
  let name: PhaseName = 'starting';
  const callbacks = new Set<() => void>();
  let stop = (): void => undefined;
  const whenStopping = new Promise<void>((resolve) => {
    stop = resolve;
  });
  return {
    whenStopping,
    get name() {
      return name;
    },
    get isStopping() {
      return name === 'announcing' || name === 'closing';
    },
    ready() {
      if (name === 'starting') name = 'running';
    },
    announce() {
      if (name !== 'closing') name = 'announcing';
      stop();
    },
    close() {
      name = 'closing';
      stop();
      for (const callback of callbacks) callback();
      callbacks.clear();
    },
    onClosing(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
}
