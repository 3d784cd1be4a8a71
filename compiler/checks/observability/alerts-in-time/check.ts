/**
 * observability/alerts-in-time
 *
 * Owns one claim: everything that wakes somebody does so within `monitoring.alertWithin` of the start of the fault. The times are those of
 * `derive/observability/pages.ts`.
 */
import { formatDuration, type Milliseconds, milliseconds } from '../../../../schemas/units/index.ts';
import { detectionOf, type Page, pagesOf } from '../../../derive/observability/pages.ts';
import type { Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const alertsInTime: Check = {
  id: 'observability/alerts-in-time',
  code: 'SW-471',
  severity: 'error',
  title: 'An alert comes later than promised',
  why: 'Whoever counts on hearing of a fault within that time plans the rescue for it, and hears of it when the time is over.',
  hint: 'Wait less in `for`, scrape more often, or promise a longer `monitoring.alertWithin`.',
  run: (model) => {
    const { alertWithin } = model.system.monitoring;
    return alertWithin === undefined ? [] : pagesOf(model).flatMap((page) => findingsOf(model, page, alertWithin));
  },
};

function findingsOf(model: Model, page: Page, promised: Milliseconds): Finding[] {
  const { scrape, evaluation, wait, group, total } = detectionOf(model, page);
  if (total <= promised) return [];
  const fill = milliseconds(Math.ceil(page.fill / 1000) * 1000);
  const steps = [
    `${formatDuration(scrape)} until the next scrape`,
    ...(fill === 0 ? [] : [`${formatDuration(fill)} until a total fault fills enough of the window`]),
    `${formatDuration(evaluation)} until the next evaluation`,
    `${formatDuration(wait)} of \`for\``,
    `${formatDuration(group)} until Alertmanager tells (group_wait)`,
  ];
  const spare = Math.floor((promised - (total - wait)) / 1000) * 1000;
  return [
    {
      at: page.at,
      message: `\`${page.alert}\` (${page.subject}) comes ${formatDuration(milliseconds(Math.ceil(total / 1000) * 1000))} after a fault begins, but \`monitoring.alertWithin\` promises ${formatDuration(promised)}`,
      arithmetic: [
        steps.join(' + '),
        `= ${formatDuration(milliseconds(Math.ceil(total / 1000) * 1000))} > ${formatDuration(promised)}`,
      ],
      related: [{ at: model.system.monitoring.origin.of('alertWithin'), note: 'this is promised' }],
      ...(spare > 0 ? { hint: `Let it wait at most ${formatDuration(milliseconds(spare))}.` } : {}),
    },
  ];
}
