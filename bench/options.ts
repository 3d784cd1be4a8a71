/** What `npm run bench` can be told. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Measure the compiler, show where the time of one large compile goes, measure the runtime, or its memory over ten minutes. */
  readonly task: Task;
  /** Fewer sizes and rounds: says whether something broke, not how fast it is. */
  readonly isQuick: boolean;
  readonly only: Section | undefined;
  /** Put the results into `docs/benchmark.md`. */
  readonly writes: boolean;
}

const TASKS = ['measure', 'profile', 'runtime', 'soak'] as const;
export type Task = (typeof TASKS)[number];

const SECTIONS = ['start-up', 'systems', 'scaling'] as const;
export type Section = (typeof SECTIONS)[number];

export const USAGE = `usage: npm run bench -- [profile|runtime|soak] [--quick] [--only ${SECTIONS.join('|')}] [--write]`;

/** Undefined when the arguments make no sense. */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        write: { type: 'boolean' },
      },
    });
    const [name = 'measure', ...rest] = positionals;
    const task = TASKS.find((known) => known === name);
    const only = SECTIONS.find((section) => section === values.only);
    if (task === undefined || rest.length > 0 || only !== values.only) return undefined;
    // A table with holes in it would look like a result.
    const isWhole = values.write !== true || (values.quick !== true && only === undefined);
    if (!isWhole) return undefined;
    return { task, isQuick: values.quick === true, only, writes: values.write === true };
  } catch {
    return undefined;
  }
}
