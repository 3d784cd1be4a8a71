/**
 * What every alert carries for the person who gets it: labels to route by, and links.
 *
 * Who is woken is `pageSeverity`: an objective's page is critical in production for tiers 1 and 2. Elsewhere nobody is woken by a rule
 * that they did not write themselves.
 */

import { defined } from '../../../schemas/data/defined.ts';
import { wants } from '../../derive/kubernetes-scope.ts';
import { dashboardPath } from '../../derive/observability/dashboard-link.ts';
import type { AlertSeverity, Model } from '../../resolve/model/index.ts';
import type { Labels } from './rule.ts';

export const alertLabels = (model: Model, severity: AlertSeverity, owner: string): Labels => ({
  environment: model.environment.name,
  owner,
  severity,
  system: model.system.name,
});

interface AlertText {
  readonly alert: string;
  readonly summary: string;
  readonly description: string;
  /** Instead of the page of the system's runbooks that has the name of the alert. */
  readonly runbook?: string | undefined;
}

export function alertAnnotations(model: Model, { alert, summary, description, runbook }: AlertText): Labels {
  const link = runbook ?? runbookOf(model, alert);
  return {
    ...(wants(model, 'grafana') ? { dashboard_path: dashboardPath(model) } : {}),
    description,
    ...defined({ runbook_url: link }),
    summary,
  };
}

/** One page an alert: below an address its name, in a repository a Markdown file. */
function runbookOf(model: Model, alert: string): string | undefined {
  const prefix = model.system.runbooks?.replace(/\/+$/, '');
  if (prefix === undefined) return undefined;
  return prefix.includes('://') ? `${prefix}/${alert}` : `${prefix}/${alert}.md`;
}

/** Text of the spec inside an annotation: two braces would begin a template. */
export const plainText = (text: string): string => text.replaceAll('{{', '{ {');
