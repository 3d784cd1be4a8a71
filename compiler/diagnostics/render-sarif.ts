/**
 * Findings as SARIF 2.1.0, which GitHub code scanning and editors read.
 *
 * Owns the mapping: a code is a rule, a span is a region in UTF-16 units with an exclusive end, as ours are. Files of the project are
 * relative to `%SRCROOT%`, whose place is the reader's to know; files outside of it are absolute.
 */
import { createHash } from 'node:crypto';
import { findCode } from './codes.ts';
import type { CodeInfo, Diagnostic, Fix, RelatedSpan, Severity, SourceSpan } from './diagnostic.ts';

export interface SarifOptions {
  /** The compiler's version, such as `0.1.0`. */
  readonly version: string;
  /** What is known about a code, for codes of checks. Default: the table of the stages. */
  readonly info?: (code: string) => CodeInfo | undefined;
  /** The page that explains a code. Default: none. */
  readonly helpUri?: (code: string) => string;
  /** The page of the tool. Default: none. */
  readonly informationUri?: string;
  /** Makes a path that leads out of the project absolute. Default: it stays as it is. */
  readonly resolve?: (path: string) => string;
}

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

/** The log as `--format sarif` prints it, with a line end. */
export function renderSarif(diagnostics: readonly Diagnostic[], options: SarifOptions): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const fingerprints = fingerprintsOf(diagnostics);
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'seaworthy',
            semanticVersion: options.version,
            ...(options.informationUri !== undefined && { informationUri: options.informationUri }),
            rules: codes.map((code) => toRule(code, diagnostics, options)),
          },
        },
        // Analyses of one name replace each other; others, of other tools or jobs, stand beside them.
        automationDetails: { id: 'seaworthy/' },
        originalUriBaseIds: { [ROOT]: { description: { text: 'The folder that seaworthy was run in.' } } },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic, index) => ({
          ...toResult(diagnostic, codes.indexOf(diagnostic.code), options),
          partialFingerprints: { primaryLocationLineHash: fingerprints[index] },
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function toRule(code: string, diagnostics: readonly Diagnostic[], { info = findCode, helpUri }: SarifOptions) {
  const known = info(code);
  const sample = diagnostics.find((diagnostic) => diagnostic.code === code);
  const hint = known?.hint ?? sample?.hint ?? '';
  return {
    id: code,
    ...(sample?.check !== undefined && { name: sample.check }),
    ...(known && { shortDescription: { text: `${known.title}.` }, fullDescription: { text: known.why } }),
    help: { text: hint },
    ...(helpUri && { helpUri: helpUri(code) }),
    defaultConfiguration: { level: LEVELS[known?.severity ?? sample?.severity ?? 'error'] },
  };
}

function toResult(
  { code, severity, message, hint, arithmetic = [], span, related = [], fix }: Diagnostic,
  ruleIndex: number,
  { resolve }: SarifOptions,
) {
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: [`${message}.`, ...arithmetic, hint].join('\n') },
    ...(span && { locations: [{ physicalLocation: toLocation(span, resolve) }] }),
    ...(related.length > 0 && { relatedLocations: related.map((place, id) => toRelated(place, id, resolve)) }),
    ...(fix && { fixes: [{ description: { text: hint }, artifactChanges: [toChange(fix, resolve)] }] }),
  };
}

type Resolve = SarifOptions['resolve'];

const toRelated = ({ span, note }: RelatedSpan, id: number, resolve: Resolve) => ({
  id,
  physicalLocation: toLocation(span, resolve),
  message: { text: note },
});

const toChange = ({ span, text }: Fix, resolve: Resolve) => ({
  artifactLocation: toArtifact(span.file, resolve),
  replacements: [{ deletedRegion: toRegion(span), insertedContent: { text } }],
});

const toLocation = (span: SourceSpan, resolve: Resolve) => ({
  artifactLocation: toArtifact(span.file, resolve),
  region: toRegion(span),
});

const toRegion = ({ line, column, endLine, endColumn }: SourceSpan) => ({
  startLine: line,
  startColumn: column,
  endLine,
  endColumn,
});

const ROOT = '%SRCROOT%';

function toArtifact(file: string, resolve: Resolve = (path) => path) {
  const uri = toUri(file.startsWith('../') ? resolve(file) : file);
  return uri.startsWith('file:') ? { uri } : { uri, uriBaseId: ROOT };
}

/**
 * What a finding is, without the line that it stands on: so that a comment above does not make an old finding a new one. GitHub
 * compares this name of a fingerprint; equal findings of one file are numbered.
 */
function fingerprintsOf(diagnostics: readonly Diagnostic[]): readonly string[] {
  const seen = new Map<string, number>();
  return diagnostics.map(({ code, span, message }) => {
    const hash = createHash('sha256')
      .update(JSON.stringify([code, span?.file ?? '', message]))
      .digest('hex')
      .slice(0, 16);
    const count = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, count);
    return `${hash}:${count}`;
  });
}

/** A relative path as a relative URI reference, an absolute one as a file URI. */
function toUri(path: string): string {
  const encoded = path.split('/').map(encodeSegment).join('/');
  if (path.startsWith('/')) return `file://${encoded}`;
  // A first segment with a colon would read as a scheme.
  return /^[^/]*:/.test(path) ? `./${encoded}` : encoded;
}

// Lone surrogates cannot be encoded; they cannot come from a file either, but a path is not ours to trust.
const encodeSegment = (segment: string): string => encodeURIComponent(segment.replace(/\p{Surrogate}/gu, '\ufffd'));
