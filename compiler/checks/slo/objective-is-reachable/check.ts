/**
 * slo/objective-is-reachable
 *
 * Owns one claim: an objective leaves a budget, and a total outage burns it fast enough to page. A pair of windows pages above
 * `factor x budget`; from 100 % on nothing can reach that (SRE Workbook, chapter 5).
 */

import { burnFactor, SLO_WINDOWS } from '../../../../schemas/slo-windows.ts';
import { DAY_MS } from '../../../../schemas/units/duration.ts';
import { complement, formatDecimal, formatDuration, formatPercent } from '../../../../schemas/units/index.ts';
import type { ObjectiveModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

const PAGES = SLO_WINDOWS.filter(({ urgency }) => urgency === 'page');

export const objectiveIsReachable: Check = {
  id: 'slo/objective-is-reachable',
  code: 'SW-407',
  severity: 'error',
  title: 'An objective can never page, or always does',
  why: 'An objective of 100 % is broken by the first failure, and one that is too low stays silent through a total outage.',
  hint: 'Choose a target between 90 % and 99.999 %.',
  run: ({ services }) =>
    services.flatMap((service) => service.objectives.flatMap((objective) => findingsOf(objective))),
};

function findingsOf(objective: ObjectiveModel): Finding[] {
  const at = objective.origin.of('target');
  const budget = complement(objective.target);
  if (budget === 0)
    return [
      {
        at,
        message: `objective \`${objective.name}\` is 100 %, which leaves no budget: one failure in ${objective.window / DAY_MS} days breaks it`,
        hint: 'Choose a target below 100 %, such as 99.9%.',
      },
    ];
  const dead = PAGES.map((page) => ({ ...page, factor: burnFactor(page, objective.window) })).filter(
    (page) => page.factor * budget >= 1,
  );
  if (dead.length === 0) return [];
  const silent = dead.length === PAGES.length;
  return [
    {
      at,
      severity: silent ? 'error' : 'warning',
      message: silent
        ? `objective \`${objective.name}\` of ${formatPercent(objective.target)} can never page, not even while nothing works`
        : `objective \`${objective.name}\` of ${formatPercent(objective.target)} is too low for its fast page`,
      arithmetic: dead.map(
        (page) =>
          `${formatDuration(page.long)}/${formatDuration(page.short)}: ${formatDecimal(page.factor)} x ${formatDecimal(budget)} = ${formatDecimal(page.factor * budget)}, but the share of failures is at most 1`,
      ),
      hint: silent
        ? 'Raise the target, or watch it with an alert of its own.'
        : 'Raise the target, or accept that only the slower page can fire.',
    },
  ];
}
