/**
 * How a server of an engine is started: what a recipe says, and what it is told.
 *
 * A recipe is the engine's part alone. Rights, volumes, network and objects are the same for all and made by `workload.ts`.
 */
import { PLACES } from '../../../../schemas/kubernetes-conventions.ts';
import type { SelfRunStore } from '../../../derive/self-run-stores.ts';
import type { EnvVar, Probe } from '../kubernetes-api.ts';

export interface Recipe {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Without the password. */
  readonly env?: Readonly<Record<string, string>>;
  /** The variable in which the server, or its command, reads the password. */
  readonly passwordVariable?: string;
  /** Files of its configuration, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where `files` are mounted, as whole folder. */
  readonly filesAt?: string;
  /** Where the volume is mounted. */
  readonly data: string;
  /** Further folders that must be writable; `/tmp` always is. */
  readonly scratch?: readonly string[];
  readonly liveness: Probe;
  readonly readiness: Probe;
  /** What the exporter beside it must know, without the password. */
  readonly exporter?: readonly EnvVar[];
}

export type MakeRecipe = (store: SelfRunStore) => Recipe;

/** The files of a certificate in the pod. */
export const CERTIFICATE = { cert: `${PLACES.certificate}/tls.crt`, key: `${PLACES.certificate}/tls.key` } as const;

export const isEncrypted = ({ tls }: SelfRunStore): boolean => tls === 'required';

export const exec = (...command: string[]): Probe => ({ exec: { command } });

/** A shell that becomes the server, so that signals reach it. */
export const shell = (...lines: readonly string[]): readonly string[] => ['/bin/sh', '-ec', `${lines.join('\n')}\n`];
