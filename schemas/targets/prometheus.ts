/**
 * What Prometheus takes in rules: names, labels and durations.
 *
 * Relies on the classic names of `prometheus/common/model`; newer versions take more, and nothing here needs it.
 */
import { byPattern } from './grammar.ts';

const MODEL = 'prometheus/common: model/metric.go';

export const PROMETHEUS = {
  metricName: byPattern('metric name', MODEL, /^[a-zA-Z_:][a-zA-Z0-9_:]*$/),
  /** Names with two underscores in front are the server's own. */
  labelName: byPattern('label name', MODEL, /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/),
  /** The value of the label `alertname`, which Alertmanager and runbooks use as a word. */
  alertName: byPattern('alert name', 'prometheus: docs/configuration/alerting_rules', /^[a-zA-Z_][a-zA-Z0-9_]*$/),
  /** Whole numbers from the largest unit to the smallest. */
  duration: byPattern(
    'duration',
    'prometheus/common: model/time.go',
    /^((\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?|0)$/,
  ),
} as const;
