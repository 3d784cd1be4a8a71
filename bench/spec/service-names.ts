/**
 * What tells one generated service from the next: every name, number and digest of service `index`, and nothing else.
 *
 * Everything else about a service follows from its shape (`index % SHAPES`), so the baseline can be written as one function a
 * shape over these names.
 */

/** Services differ in kind, as real ones do: an API, a stream, a caller of its neighbour, one with a job. */
export const SHAPES = 4;

/** As many services share one database. */
export const SERVICES_PER_DATABASE = 10;

export interface ServiceNames {
  readonly name: string;
  /** The service before it; itself for the first. */
  readonly neighbour: string;
  /** The name inside the names of alerts, such as `Svc00017`. */
  readonly alert: string;
  /** The name inside the names of metrics, such as `svc_00017`. */
  readonly metric: string;
  readonly database: string;
  readonly port: number;
  readonly digest: string;
}

/** `index` counts from 1. */
export function namesOf(index: number): ServiceNames {
  const number = padded(index);
  return {
    name: `svc-${number}`,
    neighbour: `svc-${padded(Math.max(1, index - 1))}`,
    alert: `Svc${number}`,
    metric: `svc_${number}`,
    database: databaseOf(index),
    port: FIRST_PORT + index,
    digest: `sha256:${index.toString(16).padStart(64, 'ab12')}`,
  };
}

/** The database of service `index`; the last of `count` services names the number of databases. */
export const databaseOf = (index: number): string => `db-${padded(Math.ceil(index / SERVICES_PER_DATABASE))}`;

const FIRST_PORT = 20_000;

const padded = (index: number): string => String(index).padStart(5, '0');
