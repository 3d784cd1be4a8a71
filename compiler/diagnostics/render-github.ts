/**
 * Findings as annotations on the lines of a pull request: GitHub workflow commands.
 *
 * Owns the escaping. In data `%`, CR and LF are escaped, in properties `:` and `,` too; an unescaped line end would let the text of a
 * spec file issue commands of its own. See docs.github.com, "Workflow commands for GitHub Actions".
 */
import type { Diagnostic, Severity } from './diagnostic.ts';

/** One line a finding. Columns are only given for spans on one line: GitHub ignores the others. */
export function renderGithub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((diagnostic) => `${renderCommand(diagnostic)}\n`).join('');
}

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

function renderCommand({ severity, span, code, message, hint, arithmetic = [], related = [] }: Diagnostic): string {
  const places = related.map(({ span: at, note }) => `${at.file}:${at.line}:${at.column}: ${note}`);
  const text = [message, ...arithmetic.map((step) => `= ${step}`), ...places, hint].join('\n');
  const properties: readonly (readonly [string, string | number])[] = [
    ...(span
      ? ([
          ['file', span.file],
          ['line', span.line],
          ['endLine', span.endLine],
        ] as const)
      : []),
    // GitHub counts the last column as part of the annotation, our spans end before it.
    ...(span && span.line === span.endLine
      ? ([
          ['col', span.column],
          ['endColumn', Math.max(span.endColumn - 1, span.column)],
        ] as const)
      : []),
    ['title', code],
  ];
  const list = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(',');
  return `::${COMMANDS[severity]} ${list}::${escapeData(text)}`;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
