/**
 * `index.json`: what the compiler wrote for one system and environment, why, and from what.
 *
 * Owns the form of the index: every file with its digest, claims and origins, the digest of the spec, the compiler's version, open
 * questions, and last a digest over the index itself. The index is the record of ownership that `plan-writes.ts` trusts. It
 * is a function of the spec and the compiler's version alone: no clock, no machine path, no line numbers.
 */
import { compareTexts } from '../../schemas/data/texts.ts';
import type { Artifact, OriginMark } from '../emitters/emitter.ts';
import { printCanonicalJson, printJson } from '../printers/json.ts';
import type { Model } from '../resolve/model/index.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { byteLength, type Digest, digestOf } from './digest.ts';
import { formatOrigin, formatPointer, relativeToSpec } from './origin-text.ts';
import { sealIndex } from './read-index.ts';

/** Name of the index in each environment's folder; no emitter may use it. */
export const INDEX_PATH = 'index.json';

export interface IndexInput {
  readonly model: Model;
  readonly artifacts: readonly Artifact[];
  readonly specDigest: Digest;
  /** Version of the compiler, from `package.json`. */
  readonly compiler: string;
  /** The spec folder as it begins the file names of the documents. */
  readonly specRoot: string;
}

/** The text of `index.json`. */
export function buildIndex({ model, artifacts, specDigest, compiler, specRoot }: IndexInput): string {
  return sealIndex(
    printJson({
      apiVersion: 'seaworthy.dev/v1alpha1',
      kind: 'GeneratedIndex',
      system: model.system.name,
      environment: model.environment.name,
      compiler,
      specDigest,
      files: Object.fromEntries(artifacts.map((artifact) => [artifact.path, describeArtifact(artifact, specRoot)])),
      undecided: model.undecided.map(({ at, subject, field, why, options, provisional }) => ({
        at: formatPointer(at, specRoot),
        subject,
        field,
        why,
        options,
        provisional,
      })),
      digest: '',
    }),
  );
}

/**
 * The digest of all documents a system is made from. It covers what the documents say and how their files are named, for the
 * index names both; comments, line breaks and the order of keys change nothing.
 */
export function digestSpec(documents: readonly SourceDocument[], specRoot: string): Digest {
  const entries = documents.map(({ file, index, value }) => ({ file: relativeToSpec(file, specRoot), index, value }));
  entries.sort((a, b) => compareTexts(a.file, b.file) || a.index - b.index);
  return digestOf(printCanonicalJson(entries));
}

const describeArtifact = ({ text, claims, origins }: Artifact, specRoot: string) => ({
  sha256: digestOf(text),
  bytes: byteLength(text),
  claims,
  origins: groupByPart(origins, specRoot),
});

/** One origin as text, several as a list in the order the emitter gave them. */
function groupByPart(marks: readonly OriginMark[], specRoot: string): Record<string, string | readonly string[]> {
  const parts = new Map<string, string | string[]>();
  for (const { part, origin } of marks) {
    const text = formatOrigin(origin, specRoot);
    const known = parts.get(part);
    if (known === undefined) parts.set(part, text);
    else if (typeof known === 'string') parts.set(part, known === text ? text : [known, text]);
    else if (!known.includes(text)) known.push(text);
  }
  return Object.fromEntries(parts);
}
