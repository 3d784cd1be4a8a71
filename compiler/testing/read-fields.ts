/**
 * The test that every field of a kind of document is read: for each leaf of its schema some change must change an artifact or a finding.
 *
 * Findings of the resolver about the value itself (out of range, looser than declared) are no use of it and do not count.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Change,
  changedFindings,
  changedTarget,
  changesOf,
  type Documents,
  documentsOf,
  type Observed,
  observe,
} from './field-changes.ts';
import { type Leaf, nameOf, specLeaves } from './spec-leaves.ts';
import { describe } from './suite.ts';

const BASE = readFileSync(join(import.meta.dirname, 'every-field.yaml'), 'utf8');

/** Fields for readers only, each with the reason. Whatever else nothing reads is a mistake. */
const FOR_READERS: readonly (readonly [field: RegExp, reason: string])[] = [
  [/^\w+\.spec\.description$/, 'prose for whoever opens the file'],
  [/^(Checklist|Environment|Policy)\.metadata\.owner$/, 'whom to ask about the document'],
  [/^Checklist\.spec\./, 'SW-333 says of the whole document that nothing looks at it yet'],
  [/^\w+\.(undecided|waivers)\b/, 'run-checks.test.ts and resolve.test.ts are about these'],
];

/** What must be so for a field to matter. */
const WHEN: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'Datastore.spec.writers': ['scale: { min: 1 }', 'scale: { min: 2 }'],
  'Policy.metadata.name': ['minReplicas: 1', 'minReplicas: 9'],
  'Policy.spec.appliesTo.stages': ['minReplicas: 1', 'minReplicas: 9'],
};

const NO_USE = new Set(['SW-308', 'SW-309', 'SW-310']);

/** Of those whose names match; a file has a share of them, for they take time. */
export function everyFieldIsRead(share: RegExp, except?: RegExp): void {
  describe(`every field is read :: ${share.source}`, (it) => {
    for (const leaf of specLeaves()) {
      const name = nameOf(leaf);
      if (!share.test(name) || except?.test(name) === true) continue;
      if (FOR_READERS.some(([field]) => field.test(name))) continue;
      it(name, async () => {
        const found = await useOf(leaf);
        assert.ok(
          found !== undefined,
          `${name} changes no artifact and no finding: use it, let system/kept-by-nothing name it, or take it out`,
        );
      });
    }
  });
}

/** What the first change that changes anything changes: the codes of findings, or a target. */
async function useOf(leaf: Leaf): Promise<readonly string[] | undefined> {
  for (const change of changesOf(baseFor(nameOf(leaf)), leaf)) {
    const [before, after] = withoutOthers(change);
    const [old, now] = [observed(before), observe(after)];
    const findings = changedFindings(old, now);
    if (findings === undefined) continue;
    if (findings.some((code) => !NO_USE.has(code))) return findings;
    const target = await changedTarget(old, now);
    if (target !== undefined) return [target];
  }
  return undefined;
}

/** Only the documents of the system that changes, and the policies. */
function withoutOthers({ before, after }: Change): readonly [Documents, Documents] {
  const changed = before.findIndex((document, index) => JSON.stringify(document) !== JSON.stringify(after[index]));
  const system = systemOf(before[changed]);
  const isKept = (_: unknown, index: number): boolean =>
    system === undefined || [undefined, system].includes(systemOf(before[index]));
  return [before.filter(isKept), after.filter(isKept)];
}

function systemOf(document: Documents[number] | undefined): string | undefined {
  const metadata: unknown = document?.['metadata'];
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const name: unknown = Reflect.get(metadata, document?.['kind'] === 'System' ? 'name' : 'system');
  return typeof name === 'string' ? name : undefined;
}

const bases = new Map<string, Documents>();

function baseFor(name: string): Documents {
  const [from, to] = WHEN[name] ?? ['', ''];
  assert.ok(BASE.includes(from), from);
  const documents = bases.get(from) ?? documentsOf(BASE.replace(from, to));
  bases.set(from, documents);
  return documents;
}

/** Enough for the fields of one part of a document; each holds a tree. */
const MOST_KNOWN = 8;
const known = new Map<string, Observed>();

/** Most fields are changed in the same documents. */
function observed(documents: Documents): Observed {
  const key = JSON.stringify(documents);
  const found = known.get(key) ?? observe(documents);
  known.delete(key);
  known.set(key, found);
  for (const oldest of [...known.keys()].slice(0, -MOST_KNOWN)) known.delete(oldest);
  return found;
}
