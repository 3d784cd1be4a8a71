/**
 * observability/window-holds-samples
 *
 * Owns one claim: what is measured over a window has enough samples in it. A rate needs two; with fewer than four scrapes in the window
 * one that is lost or late leaves a gap (prometheus.io, "Recording rules"; Grafana's `$__rate_interval` takes four too).
 */
import { formatDuration, type Milliseconds } from '../../../../schemas/units/index.ts';
import { BASE_WINDOW } from '../../../derive/observability/recorded-series.ts';
import type { AlertModel, Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

const NEEDED = 2;
const SAFE = 4;

export const windowHoldsSamples: Check = {
  id: 'observability/window-holds-samples',
  code: 'SW-472',
  severity: 'error',
  title: 'A window is too short for the scrape interval',
  why: 'Growth is worked out from two samples at least; a window that holds fewer is empty, and its alert silent for ever.',
  hint: 'Measure over at least four scrape intervals.',
  run: (model) => {
    if (!model.system.targets.wanted.includes('prometheus')) return [];
    const { scrapeInterval, origin } = model.system.monitoring;
    const alerts = model.services.flatMap(({ alerts: declared }) => declared);
    const hasObjectives = model.services.some(({ objectives }) => objectives.length > 0);
    return [
      ...(hasObjectives && BASE_WINDOW < SAFE * scrapeInterval
        ? [finding(model, origin.of('scrapeInterval'), 'the 5m that objectives are recorded over', BASE_WINDOW)]
        : []),
      ...alerts.flatMap((alert) => findingsOf(model, alert)),
    ];
  },
};

function findingsOf(model: Model, { name, when, origin }: AlertModel): Finding[] {
  if (when.kind === 'threshold' || when.kind === 'absent') return [];
  if (when.over >= SAFE * model.system.monitoring.scrapeInterval) return [];
  const field = when.kind === 'error-ratio' ? 'errorRatio' : when.kind;
  return [finding(model, origin.of(field), `\`over\` of alert \`${name}\``, when.over)];
}

function finding({ system }: Model, at: Finding['at'], what: string, window: Milliseconds): Finding {
  const { scrapeInterval, origin } = system.monitoring;
  const never = window < NEEDED * scrapeInterval;
  const samples = Math.floor(window / scrapeInterval);
  return {
    at,
    severity: never ? 'error' : 'warning',
    message: `${what} is ${formatDuration(window)}, which ${never ? 'never holds the two samples that growth needs' : 'loses what it measures with one late scrape'}`,
    arithmetic: [
      `${formatDuration(window)} / ${formatDuration(scrapeInterval)} a scrape = ${samples} ${samples === 1 ? 'sample' : 'samples'}, fewer than ${never ? NEEDED : SAFE}`,
    ],
    related: [{ at: origin.of('scrapeInterval'), note: 'samples come this often' }],
  };
}
