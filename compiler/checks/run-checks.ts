/**
 * Runs the checks over all models and turns what they find into diagnostics.
 *
 * Owns waivers and what the models themselves ask to be said: open questions and targets without an emitter. A waiver covers findings
 * of one check in the document that holds it, up to and including its last day; a covered finding is still shown, as a fact.
 * Checks know nothing of waivers, documents or days.
 */
import { CHECKS_RUN } from '../diagnostics/codes/checks.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/make-diagnostic.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import { type Model, spanOfOrigin, type Target } from '../resolve/model/index.ts';
import type { SourceDocument } from '../source/source-document.ts';
import type { ValidDocument } from '../validate/valid-document.ts';
import type { Check, Finding } from './check.ts';

export interface CheckRun {
  readonly models: readonly Model[];
  /** The models of the whole spec, selected or not, for what only all of them show; by default the selected ones. */
  readonly all?: readonly Model[];
  /** The documents that the models were made from; their waivers apply. */
  readonly documents: readonly ValidDocument[];
  readonly checks: readonly Check[];
  /** Targets of a model that cannot be compiled. */
  readonly unserved: (model: Model) => readonly Target[];
  /** The day as year-month-day; it decides about waivers and about nothing else. */
  readonly today: string;
  /** Whether every environment is among the models, so that a waiver that matches nothing is known to be idle. */
  readonly isWhole: boolean;
}

export function runChecks(run: CheckRun): readonly Diagnostic[] {
  const waivers = collectWaivers(run.documents);
  const report = (check: Check, found: readonly Finding[]) =>
    found.map((finding) => reportFinding(check, finding, waivers, run.today));
  const findings = [
    ...run.models.flatMap((model) => run.checks.flatMap((check) => report(check, check.run(model)))),
    ...run.checks.flatMap((check) => report(check, check.across?.(run.all ?? run.models) ?? [])),
  ];
  return [
    ...findings,
    ...waivers.flatMap((waiver) => reportWaiver(waiver, run)),
    ...run.models.flatMap(reportUndecided),
    ...run.models.flatMap((model) => reportUnserved(model, run.unserved(model))),
  ];
}

interface Waiver {
  readonly document: SourceDocument;
  readonly index: number;
  readonly check: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires: string;
  /** Whether it has met a finding. */
  isUsed: boolean;
}

const collectWaivers = (documents: readonly ValidDocument[]): readonly Waiver[] =>
  documents.flatMap(({ source, value }) =>
    (value.waivers ?? []).map((waiver, index) => ({ ...waiver, document: source, index, isUsed: false })),
  );

// The last day is part of it; dates of this form compare as text.
const isExpired = (waiver: Waiver, today: string): boolean => today > waiver.expires;

function reportFinding(check: Check, finding: Finding, waivers: readonly Waiver[], today: string): Diagnostic {
  const { at, message, arithmetic, hint, severity = check.severity, related = [], conceal } = finding;
  const matching = waivers.filter(({ document, check: id }) => document === at.at.document && id === check.id);
  for (const waiver of matching) waiver.isUsed = true;
  const waiver = matching.find((candidate) => !isExpired(candidate, today));
  const waived = waiver && `; waived until ${waiver.expires} by ${waiver.owner}: ${waiver.reason}`;
  return makeDiagnostic(
    { ...check, severity: waived === undefined ? severity : 'info' },
    {
      span: spanOfOrigin(at),
      message: `${message}${waived ?? ''}`,
      hint,
      arithmetic,
      related: related.map(({ at: origin, note }) => ({ span: spanOfOrigin(origin), note })),
      check: check.id,
      conceal,
    },
  );
}

function reportWaiver(waiver: Waiver, { today, isWhole, checks }: CheckRun): readonly Diagnostic[] {
  const span = (field: string) => waiver.document.spanOf(['waivers', waiver.index, field]);
  if (isExpired(waiver, today)) {
    const message = `the waiver of \`${waiver.check}\` by ${waiver.owner} expired on ${waiver.expires}`;
    return [makeDiagnostic(CHECKS_RUN.expiredWaiver, { span: span('expires'), message })];
  }
  if (waiver.isUsed || !isWhole) return [];
  const ids = checks.map(({ id }) => id);
  const near = ids.includes(waiver.check) ? undefined : suggestName(waiver.check, ids);
  const message = ids.includes(waiver.check)
    ? `the check \`${waiver.check}\` finds nothing in this document`
    : `there is no check \`${waiver.check}\``;
  const hint = near && `Did you mean \`${near}\`?`;
  return [makeDiagnostic(CHECKS_RUN.unusedWaiver, { span: span('check'), message, hint })];
}

const reportUndecided = ({ undecided }: Model): readonly Diagnostic[] =>
  undecided.map(({ at, subject, field, why, options, provisional }) => {
    const meanwhile = provisional === undefined ? 'left out' : `provisionally ${provisional}`;
    const choice = options.length === 0 ? '' : ` (${options.join(' or ')})`;
    return makeDiagnostic(CHECKS_RUN.undecided, {
      span: at.document.spanOf(at.path),
      message: `\`${field}\` of ${subject} is undecided${choice}, ${meanwhile}: ${why.replace(/\.$/, '')}`,
    });
  });

const reportUnserved = ({ system }: Model, targets: readonly Target[]): readonly Diagnostic[] =>
  targets.map((target) =>
    makeDiagnostic(CHECKS_RUN.targetWithoutEmitter, {
      span: spanOfOrigin(system.targets.origin.of('wanted')),
      message: `${system.name} wants \`${target}\`, and nothing is generated for it yet`,
    }),
  );
