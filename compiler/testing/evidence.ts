/**
 * What a running test shows something about: the compiled trees that it took, and whether it brought a spec or policy of its own.
 *
 * Owns the record, one for each test, which follows the test through whatever it awaits. Helpers write it, never a test by hand;
 * `suite.ts` reads it into the report.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Evidence {
  /** Such as `sentientiq/production`, or `sentientiq/spec` for its documents; sorted, each once. */
  readonly trees: readonly string[];
  /** The test ran something that no system compiles to. */
  readonly isOwn: boolean;
}

interface Record {
  readonly trees: Set<string>;
  isOwn: boolean;
}

const current = new AsyncLocalStorage<Record>();

/** Runs, and says what was taken meanwhile, also when it fails. */
export async function gatherEvidence<T>(
  run: () => T | Promise<T>,
): Promise<{ readonly outcome: PromiseSettledResult<T>; readonly evidence: Evidence }> {
  const record: Record = { trees: new Set(), isOwn: false };
  const [outcome] = await Promise.allSettled([current.run(record, async () => await run())]);
  return { outcome, evidence: { trees: [...record.trees].sort(), isOwn: record.isOwn } };
}

/** The running test takes a compiled tree. Outside of a test nobody could say whose evidence it is. */
export function noteTree(tree: string): void {
  const record = current.getStore();
  if (record === undefined)
    throw new Error(`${tree} is taken outside of a test; take it inside, or in the shared set-up`);
  record.trees.add(tree);
}

/** The running test brings a spec or policy of its own, or changes what was compiled. */
export function noteOwn(): void {
  const record = current.getStore();
  if (record !== undefined) record.isOwn = true;
}

/** What a shared set-up took, for each test that uses it. */
export function noteEvidence({ trees, isOwn }: Evidence): void {
  for (const tree of trees) noteTree(tree);
  if (isOwn) noteOwn();
}
