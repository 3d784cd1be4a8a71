/**
 * Which texts of the spec reach which target: the spec's grammar beside the target's, for names, schedules, ports, sizes and quantities.
 *
 * A row says under which name a text leaves the spec and what keeps the wider ones away: nothing, because the spec takes no more than the
 * target; a check; or a cut with a digest. `targets.test.ts` makes texts from the schemas and holds every row to that.
 */

import { labelValue } from '../../../schemas/kubernetes-conventions.ts';
import type { TargetGrammar } from '../../../schemas/targets/grammar.ts';
import { HOSTS } from '../../../schemas/targets/hosts.ts';
import { KUBERNETES } from '../../../schemas/targets/kubernetes.ts';
import { NGINX } from '../../../schemas/targets/nginx.ts';
import { PROMETHEUS } from '../../../schemas/targets/prometheus.ts';
import {
  type Bytes,
  formatKubernetesBytes,
  formatKubernetesCpu,
  formatNginxSize,
  formatNginxTime,
  formatPrometheusDuration,
  type Milliseconds,
  parseBytes,
  parseCpu,
  parseDuration,
  wholeSeconds,
} from '../../../schemas/units/index.ts';
import { objectName } from '../../object-name.ts';

export interface Reach {
  /** The definition in `common.schema.json`, or the path of a field with a pattern of its own. */
  readonly spec: string;
  /** Where it comes to. */
  readonly place: string;
  readonly target: TargetGrammar;
  /** The text as the target gets it; undefined where a check refuses it first. */
  readonly as: (text: string) => string | undefined;
  /** What keeps wider texts away, if anything has to: the code of the check, or `cut`. */
  readonly guard?: string;
}

const same = (text: string): string => text;

const duration = (print: (value: Milliseconds) => string | number) => (text: string) => {
  const outcome = parseDuration(text, { allowZero: true });
  return outcome.ok ? String(print(outcome.value)) : undefined;
};

const bytes = (print: (value: Bytes) => string) => (text: string) => {
  const outcome = parseBytes(text);
  return outcome.ok ? print(outcome.value) : undefined;
};

const cpu = (text: string) => {
  const outcome = parseCpu(text);
  return outcome.ok ? formatKubernetesCpu(outcome.value) : undefined;
};

const LONG = 'a'.repeat(60);

export const REACHES: readonly Reach[] = [
  // Names.
  { spec: 'name', place: 'namespace, container, label of a system', target: KUBERNETES.label, as: same },
  { spec: 'name', place: 'label value', target: KUBERNETES.labelValue, as: same },
  {
    spec: 'name',
    place: 'Service of a service',
    target: KUBERNETES.service,
    as: (name) => (/^\d/.test(name) ? undefined : name),
    guard: 'SW-462',
  },
  {
    spec: 'name',
    place: 'namespace of an environment',
    target: KUBERNETES.label,
    as: (name) => objectName(`${LONG}-${name}`),
    guard: 'cut',
  },
  {
    spec: 'name',
    place: 'Application and AppProject',
    target: KUBERNETES.application,
    as: (name) => objectName(`${LONG}-${name}`),
    guard: 'cut',
  },
  {
    spec: 'name',
    place: 'CronJob of a job',
    target: KUBERNETES.cronJob,
    as: (name) => objectName(`${LONG}-${name}`, 52),
    guard: 'cut',
  },
  {
    spec: 'name',
    place: 'volume of a datastore',
    target: KUBERNETES.label,
    as: (name) => objectName(`data-${name}`),
    guard: 'cut',
  },
  { spec: 'name', place: 'unit of a service', target: HOSTS.unit, as: (name) => `${name}.service` },
  { spec: 'name', place: 'zone of a limit', target: NGINX.zone, as: same },
  { spec: 'line', place: 'label of the owner', target: KUBERNETES.labelValue, as: labelValue, guard: 'cut' },
  {
    spec: 'Service.spec.ports.name',
    place: 'port of a container and a Service',
    target: KUBERNETES.portName,
    as: same,
  },
  { spec: 'envName', place: 'variable of a container', target: KUBERNETES.envName, as: same },
  { spec: 'secretRef.key', place: 'key of a Secret', target: KUBERNETES.secretKey, as: same },
  { spec: 'metricName', place: 'metric', target: PROMETHEUS.metricName, as: same },
  { spec: 'labelName', place: 'label of a matcher or aggregation', target: PROMETHEUS.labelName, as: same },
  { spec: 'Service.spec.alerts.name', place: 'alert', target: PROMETHEUS.alertName, as: same },
  { spec: 'host', place: 'server name', target: NGINX.host, as: same },
  { spec: 'Environment.spec.securityHeaders.<key>', place: 'field name', target: NGINX.headerName, as: same },
  { spec: 'Environment.spec.securityHeaders.*', place: 'field value', target: NGINX.headerValue, as: same },
  { spec: 'Service.spec.security.writable.path', place: 'mount path', target: KUBERNETES.mountPath, as: same },
  { spec: 'Datastore.spec.path', place: 'mount path', target: KUBERNETES.mountPath, as: same },
  {
    spec: 'Service.spec.files.path',
    place: 'file in a mounted folder',
    target: KUBERNETES.keyPath,
    as: (path) => path.slice(path.lastIndexOf('/') + 1),
  },
  { spec: 'System.spec.monitoring.labels.<key>', place: 'label', target: KUBERNETES.labelKey, as: same },
  { spec: 'System.spec.monitoring.labels.*', place: 'value of a label', target: KUBERNETES.labelValue, as: same },
  { spec: 'System.spec.monitoring.prometheus.labels.<key>', place: 'selector', target: KUBERNETES.labelKey, as: same },
  // Times.
  { spec: 'cron', place: 'CronJob', target: HOSTS.cron, as: same },
  { spec: 'duration', place: 'rule', target: PROMETHEUS.duration, as: duration(formatPrometheusDuration) },
  { spec: 'durationOrZero', place: 'rule', target: PROMETHEUS.duration, as: duration(formatPrometheusDuration) },
  { spec: 'duration', place: 'timeout of the edge', target: NGINX.time, as: duration(formatNginxTime) },
  {
    spec: 'duration',
    place: 'deadline, grace, period',
    target: KUBERNETES.seconds,
    as: duration(wholeSeconds),
    guard: 'SW-462',
  },
  { spec: 'duration', place: 'time span of a unit', target: HOSTS.timeSpan, as: same },
  // Sizes and shares.
  { spec: 'bytes', place: 'memory, storage', target: KUBERNETES.quantity, as: bytes(formatKubernetesBytes) },
  { spec: 'bytes', place: 'body limit of the edge', target: NGINX.size, as: bytes(formatNginxSize) },
  { spec: 'cpu', place: 'processor', target: KUBERNETES.quantity, as: cpu },
  { spec: 'port', place: 'port', target: KUBERNETES.port, as: same },
];
