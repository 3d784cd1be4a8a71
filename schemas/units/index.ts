/** The quantities of the spec, the model and the targets. One file a dimension; this one only names them. */
export { bytes, formatKubernetesBytes, formatNginxSize, parseBytes } from './bytes.ts';
export { formatKubernetesCpu, millicores, parseCpu } from './cpu.ts';
export { type CronSchedule, longestGap, parseCron } from './cron.ts';
export { exactDecimal, formatDecimal } from './decimal.ts';
export {
  formatDuration,
  formatNginxTime,
  formatPrometheusDuration,
  inSeconds,
  milliseconds,
  parseDuration,
  wholeSeconds,
} from './duration.ts';
export type { Bytes, Millicores, Milliseconds, Quantity, Ratio, UnitOutcome, UnitReason } from './quantity.ts';
export { formatNginxRate, formatRate, parseRate, perSecond, type Rate } from './rate.ts';
export { complement, formatPercent, parseRatio, ratio } from './ratio.ts';
