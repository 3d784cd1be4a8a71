/** What `npm run bench` can be told. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Measure, or show where the time of one large compile goes. */
  readonly task: 'measure' | 'profile';
  /** Fewer sizes and rounds: says whether something broke, not how fast it is. */
  readonly isQuick: boolean;
  readonly only: Section | undefined;
  /** Put the results into `docs/benchmark.md`. */
  readonly writes: boolean;
}

export const SECTIONS = ['start-up', 'systems', 'scaling'] as const;
export type Section = (typeof SECTIONS)[number];

export const USAGE = `usage: npm run bench -- [profile] [--quick] [--only ${SECTIONS.join('|')}] [--write]`;

/** Undefined when the arguments make no sense. */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { quick: { type: 'boolean' }, only: { type: 'string' }, write: { type: 'boolean' } },
    });
    const [task = 'measure', ...rest] = positionals;
    const only = SECTIONS.find((section) => section === values.only);
    const isKnown = (task === 'measure' || task === 'profile') && rest.length === 0 && only === values.only;
    // A table with holes in it would look like a result.
    const isWhole = values.write !== true || (values.quick !== true && only === undefined);
    if (!isKnown || !isWhole) return undefined;
    return { task, isQuick: values.quick === true, only, writes: values.write === true };
  } catch {
    return undefined;
  }
}
