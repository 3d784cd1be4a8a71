/**
 * Holds compiled manifests against the grammar of Kubernetes, place by place.
 */

import type { TargetGrammar } from '../../../schemas/targets/grammar.ts';
import { HOSTS } from '../../../schemas/targets/hosts.ts';
import { KUBERNETES } from '../../../schemas/targets/kubernetes.ts';
import { PROMETHEUS } from '../../../schemas/targets/prometheus.ts';

/** The grammar of a value by the last words of its path; `*` stands for one word. */
const PLACES: readonly (readonly [path: string, grammar: TargetGrammar])[] = [
  ['metadata.namespace', KUBERNETES.label],
  ['metadata.labels.*', KUBERNETES.labelValue],
  ['matchLabels.*', KUBERNETES.labelValue],
  ['spec.selector.*', KUBERNETES.labelValue],
  ['containers.*.name', KUBERNETES.label],
  ['volumes.*.name', KUBERNETES.label],
  ['volumeMounts.*.name', KUBERNETES.label],
  ['volumeMounts.*.mountPath', KUBERNETES.mountPath],
  ['ports.*.name', KUBERNETES.portName],
  ['ports.*.containerPort', KUBERNETES.port],
  ['ports.*.port', KUBERNETES.port],
  ['env.*.name', KUBERNETES.envName],
  ['secretKeyRef.key', KUBERNETES.secretKey],
  ['secretKeyRef.name', KUBERNETES.subdomain],
  ['data.*.secretKey', KUBERNETES.secretKey],
  ['requests.*', KUBERNETES.quantity],
  ['limits.*', KUBERNETES.quantity],
  ['sizeLimit', KUBERNETES.quantity],
  ['averageUtilization', KUBERNETES.utilization],
  ['spec.schedule', HOSTS.cron],
  ['periodSeconds', KUBERNETES.seconds],
  ['timeoutSeconds', KUBERNETES.seconds],
  ['failureThreshold', KUBERNETES.seconds],
  ['activeDeadlineSeconds', KUBERNETES.seconds],
  ['terminationGracePeriodSeconds', KUBERNETES.seconds],
  ['progressDeadlineSeconds', KUBERNETES.seconds],
  ['minReadySeconds', KUBERNETES.seconds],
  ['spec.destination.namespace', KUBERNETES.label],
  ['priorityClassName', KUBERNETES.subdomain],
  ['imagePullSecrets.*.name', KUBERNETES.subdomain],
  ['secretRef.name', KUBERNETES.subdomain],
  ['items.*.key', KUBERNETES.secretKey],
  ['items.*.path', KUBERNETES.keyPath],
  ['configMap.name', KUBERNETES.subdomain],
  ['secret.secretName', KUBERNETES.subdomain],
  ['secretStoreRef.name', KUBERNETES.subdomain],
  ['remoteRef.key', KUBERNETES.subdomain],
  ['endpoints.*.interval', PROMETHEUS.duration],
  ['endpoints.*.scrapeTimeout', PROMETHEUS.duration],
  ['spec.project', KUBERNETES.application],
];

const NAMES: Readonly<Record<string, TargetGrammar>> = {
  Service: KUBERNETES.service,
  Namespace: KUBERNETES.label,
  CronJob: KUBERNETES.cronJob,
  Job: KUBERNETES.label,
  Application: KUBERNETES.application,
  AppProject: KUBERNETES.application,
};

/** Everything in the object that Kubernetes would refuse, in words. */
export function holdObject(object: unknown): readonly string[] {
  const kind = String(field(object, 'kind'));
  const name = String(field(field(object, 'metadata'), 'name'));
  const named = judge(`${kind} metadata.name`, NAMES[kind] ?? KUBERNETES.subdomain, name);
  return [
    ...named,
    ...walk(object, []).map((fault) => `${kind} ${name}: ${fault}`),
    ...requestsWithinLimits(object, kind),
  ];
}

function walk(value: unknown, path: readonly string[]): string[] {
  if (typeof value === 'object' && value !== null) {
    const keys =
      path.at(-1) === 'labels' || path.at(-1) === 'matchLabels'
        ? Object.keys(value).flatMap((key) => judge('label', KUBERNETES.labelKey, key))
        : [];
    return [...keys, ...Object.entries(value).flatMap(([key, item]) => walk(item, [...path, key]))];
  }
  return PLACES.filter(([place]) => endsWith(path, place.split('.'))).flatMap(([place, grammar]) =>
    judge(place, grammar, String(value)),
  );
}

const judge = (place: string, grammar: TargetGrammar, text: string): string[] =>
  grammar.accepts(text) ? [] : [`${place} is ${JSON.stringify(text)}, no ${grammar.name}`];

const endsWith = (path: readonly string[], place: readonly string[]): boolean =>
  path.length >= place.length &&
  place.every((word, index) => word === '*' || word === path[path.length - place.length + index]);

/** The API server refuses a request above its limit. */
function requestsWithinLimits(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const [requests, limits] = [field(value, 'requests'), field(value, 'limits')];
  const own = ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => {
    const [low, high] = [amount(field(requests, name)), amount(field(limits, name))];
    return low !== undefined && high !== undefined && low > high ? [`${at}: ${name} asks for more than its limit`] : [];
  });
  return [...own, ...Object.values(value).flatMap((item) => requestsWithinLimits(item, at))];
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

function amount(quantity: unknown): number | undefined {
  const [, digits, unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(String(quantity)) ?? [];
  return digits === undefined ? undefined : Number(digits) * (UNITS[unit] ?? Number.NaN);
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
