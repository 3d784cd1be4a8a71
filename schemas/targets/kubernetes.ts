/**
 * What Kubernetes and Argo CD take: names, labels, variables, keys, paths, quantities, ports and times.
 *
 * Relies on `apimachinery/pkg/util/validation`, `api/resource` and `apis/*\/validation` of Kubernetes 1.28 to 1.33.
 */
import { byPattern, byRange } from './grammar.ts';

const VALIDATION = 'kubernetes: apimachinery/pkg/util/validation/validation.go';
const CORE = 'kubernetes: pkg/apis/core/validation/validation.go';

export const KUBERNETES = {
  /** Namespaces, containers, volumes. */
  label: byPattern('DNS-1123 label', VALIDATION, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 63),
  /** Services, until 1.33 at least. */
  service: byPattern('DNS-1035 label', VALIDATION, /^[a-z]([-a-z0-9]*[a-z0-9])?$/, 63),
  /** Most other objects. */
  subdomain: byPattern(
    'DNS-1123 subdomain',
    VALIDATION,
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    253,
  ),
  /** The controller adds eleven characters, and the result is a label. */
  cronJob: byPattern(
    'CronJob name',
    'kubernetes: pkg/apis/batch/validation/validation.go',
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    52,
  ),
  /** Argo CD writes it into a label of each object. */
  application: byPattern(
    'Argo CD application',
    'argo-cd: docs/user-guide/resource_tracking.md',
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    63,
  ),
  labelValue: byPattern('label value', VALIDATION, /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/, 63),
  /** A prefix is a subdomain, the name after it a label value that is not empty. */
  labelKey: byPattern(
    'qualified name',
    VALIDATION,
    /^((?=.{1,253}\/)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/,
    317,
  ),
  /** At least one letter, and no two dashes side by side. */
  portName: byPattern('port name', VALIDATION, /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 15),
  envName: byPattern('environment variable', VALIDATION, /^[-._a-zA-Z][-._a-zA-Z0-9]*$/),
  secretKey: byPattern('key of a Secret', VALIDATION, /^(?!\.\.?$)(?!\.\.)[-._a-zA-Z0-9]+$/, 253),
  /** A file of a volume that is made from a Secret. */
  keyPath: byPattern('path of a key', CORE, /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))(?!\.\.).+$/),
  mountPath: byPattern('mount path', CORE, /^\/[^:]*$/),
  quantity: byPattern(
    'quantity',
    'kubernetes: api/resource/quantity.go',
    /^\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/,
  ),
  port: byRange('port', VALIDATION, 1, 65535),
  /** Percentages of the autoscaler. */
  utilization: byRange(
    'average utilization',
    'kubernetes: pkg/apis/autoscaling/validation/validation.go',
    1,
    2 ** 31 - 1,
  ),
  /** Probes, grace periods, deadlines: whole seconds in 32 bits. */
  seconds: byRange('seconds', CORE, 0, 2 ** 31 - 1),
} as const;
