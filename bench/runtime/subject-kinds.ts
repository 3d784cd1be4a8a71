/** What a subject of the bench is, and what stands around it. */

/** Where to send requests, and with which credential. */
export interface Subject {
  readonly port: number;
  readonly key?: string;
  /** The exposition of its metrics, where it has one. */
  readonly metrics?: string;
}

/** What runs beside a subject. */
export interface Surroundings {
  readonly upstream: string;
  readonly collector: string;
  /** Undefined where no Redis is installed: subjects that need it are left out. */
  readonly redis?: string;
  /** Requests a minute that each limit of a subject admits. */
  readonly budget: number;
  /** The file that log lines go to. */
  readonly log: string;
}
