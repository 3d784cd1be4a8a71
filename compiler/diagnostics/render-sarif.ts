/**
 * Findings as SARIF 2.1.0, which GitHub code scanning and editors read.
 *
 * Owns the mapping: a code is a rule, a span is a region in UTF-16 units with an exclusive end, as ours are. Spans of files outside of
 * the project would be absolute and are given as they are.
 */
import { findCode } from './codes.ts';
import type { CodeInfo, Diagnostic, RelatedSpan, Severity, SourceSpan } from './diagnostic.ts';

export interface SarifOptions {
  /** The compiler's version, such as `0.1.0`. */
  readonly version: string;
  /** What is known about a code, for codes of checks. Default: the table of the stages. */
  readonly info?: (code: string) => CodeInfo | undefined;
  /** The page that explains a code. Default: none. */
  readonly helpUri?: (code: string) => string;
}

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

/** The log as `--format sarif` prints it, with a line end. */
export function renderSarif(diagnostics: readonly Diagnostic[], options: SarifOptions): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'seaworthy',
            semanticVersion: options.version,
            rules: codes.map((code) => toRule(code, diagnostics, options)),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => toResult(diagnostic, codes.indexOf(diagnostic.code))),
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
  { code, severity, message, hint, arithmetic = [], span, related = [] }: Diagnostic,
  ruleIndex: number,
) {
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: [`${message}.`, ...arithmetic, hint].join('\n') },
    ...(span && { locations: [{ physicalLocation: toLocation(span) }] }),
    ...(related.length > 0 && { relatedLocations: related.map(toRelated) }),
  };
}

const toRelated = ({ span, note }: RelatedSpan, index: number) => ({
  id: index,
  physicalLocation: toLocation(span),
  message: { text: note },
});

const toLocation = ({ file, line, column, endLine, endColumn }: SourceSpan) => ({
  artifactLocation: { uri: toUri(file) },
  region: { startLine: line, startColumn: column, endLine, endColumn },
});

/** A relative path as a relative URI reference, an absolute one as a file URI. */
function toUri(path: string): string {
  const encoded = path.split('/').map(encodeSegment).join('/');
  if (path.startsWith('/')) return `file://${encoded}`;
  // A first segment with a colon would read as a scheme.
  return /^[^/]*:/.test(path) ? `./${encoded}` : encoded;
}

// Lone surrogates cannot be encoded; they cannot come from a file either, but a path is not ours to trust.
const encodeSegment = (segment: string): string => encodeURIComponent(segment.replace(/\p{Surrogate}/gu, '\ufffd'));
