/**
 * From the verdict on a test file to what it showed of requirements, and whether the document still says so.
 *
 * Owns what becomes of a title that is filled in while the test runs: the document knows it as the source has it, once.
 */
import type { Verdict } from '../test-runner/run-test-file.ts';
import type { Shown } from './judge.ts';
import { parseDocument, renderTest } from './render.ts';
import type { ClaimedProof } from './scan-titles.ts';

/**
 * One entry for each requirement of each title in `claimed`. A test that brought something of its own shows nothing about a tree; of
 * several runs under one title the worst counts, and the trees that all of them used.
 */
export function shownBy({ name, proofs = [] }: Verdict, claimed: readonly ClaimedProof[]): readonly Shown[] {
  return claimed
    .filter(({ file }) => file === name)
    .flatMap(({ requirement, title }) => {
      const pattern = toPattern(title);
      const runs = proofs.filter((proof) => proof.controls.includes(requirement) && pattern.test(proof.title));
      if (runs.length === 0) return [];
      const result = runs.find((run) => run.result !== 'passed')?.result ?? 'passed';
      const [first, ...others] = runs.map(({ trees, isOwn }) => (isOwn ? [] : trees));
      const trees = (first ?? []).filter((tree) => others.every((other) => other.includes(tree)));
      return [{ requirement, file: name, title, result, trees }];
    });
}

/** `:: ${protocol}` in a template stands for any text. */
function toPattern(title: string): RegExp {
  const parts = title.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/** A failed verdict when tests that passed showed something else than `document` says; skipped and failed ones say it themselves. */
export function judgeShown(
  verdicts: readonly Verdict[],
  claimed: readonly ClaimedProof[],
  document: string,
): Verdict | undefined {
  const format = (one: Shown): string => `${one.requirement} ${renderTest(one)}`;
  const told = new Set(parseDocument(document).shown.map(format));
  const wrong = verdicts
    .flatMap((verdict) => shownBy(verdict, claimed))
    .filter((one) => one.result === 'passed' && !told.has(format(one)))
    .map(format);
  if (wrong.length === 0) return undefined;
  const details = `run \`npm run requirements -- <file>\`; docs/requirements.md does not say:\n${wrong.join('\n')}`;
  return { name: 'docs/requirements.md', passed: 0, failed: 1, skipped: 0, seconds: 0, details };
}
