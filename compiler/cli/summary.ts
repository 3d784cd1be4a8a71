/**
 * The short table at the end of `compile`.
 */
import type { Compilation } from '../pipeline.ts';

export interface Summary {
  readonly systems: number;
  readonly environments: number;
  readonly services: number;
  /** Files, the indexes not counted. */
  readonly artifacts: number;
}

/** A service is counted once for its system, however many environments run it. */
export function summarize({ models, environments }: Pick<Compilation, 'models' | 'environments'>): Summary {
  const services = models.flatMap(({ system, services: own }) => own.map(({ name }) => `${system.name}/${name}`));
  return {
    systems: new Set(models.map(({ system }) => system.name)).size,
    environments: models.length,
    services: new Set(services).size,
    artifacts: environments.reduce((sum, { files }) => sum + files.size - 1, 0),
  };
}

/** `changes` says what became of the files, `findings` is a phrase as well. */
export function formatSummary(summary: Summary, changes: string, findings: string, milliseconds: number): string {
  const rows: readonly (readonly [string, string | number])[] = [
    ['systems', summary.systems],
    ['environments', summary.environments],
    ['services', summary.services],
    ['artifacts', `${summary.artifacts} (${changes})`],
    ['findings', findings],
    ['milliseconds', milliseconds],
  ];
  return rows.map(([name, value]) => `${name.padEnd(13)} ${value}\n`).join('');
}
