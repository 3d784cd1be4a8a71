/**
 * What the objects of an environment lack to run: walks every container of every workload and follows what it needs to where that is.
 *
 * Reads the compiled objects alone, as a cluster does. Answers with one line for each thing that is missing. Pods outside of the namespace
 * are out of its sight.
 */

// biome-ignore lint/suspicious/noExplicitAny: objects of many kinds, read as a cluster reads them.
type Any = any;
type Labels = Readonly<Record<string, string>>;

interface Workload {
  readonly name: string;
  readonly labels: Labels;
  readonly pod: Any;
  readonly claims: readonly string[];
}

export function missingIn(objects: readonly Any[]): readonly string[] {
  const workloads = objects.flatMap(workloadOf);
  return [
    ...workloads.flatMap((workload) => [
      ...missingParts(objects, workload),
      ...missingSecrets(objects, workload),
      ...missingPeers(objects, workloads, workload),
    ]),
    ...uselessServices(objects, workloads),
  ];
}

function workloadOf(object: Any): Workload[] {
  const template = object.kind === 'CronJob' ? object.spec.jobTemplate.spec.template : object.spec?.template;
  if (template?.spec?.containers === undefined) return [];
  const claims = (object.spec.volumeClaimTemplates ?? []).map((one: Any) => one.metadata.name);
  return [
    { name: `${object.kind}/${object.metadata.name}`, labels: template.metadata.labels, pod: template.spec, claims },
  ];
}

const named = (objects: readonly Any[], kind: string, name: string): boolean =>
  objects.some((object) => object.kind === kind && object.metadata.name === name);

/** Claims that the platform brings, as the documentation of backups says. */
const isBrought = (claim: string): boolean => claim.endsWith('-backups');

function missingParts(objects: readonly Any[], { name, pod, claims }: Workload): string[] {
  const volumes: readonly Any[] = pod.volumes ?? [];
  const mounts: readonly Any[] = pod.containers.flatMap((container: Any) => container.volumeMounts ?? []);
  const accounts = pod.serviceAccountName === undefined ? [] : [pod.serviceAccountName];
  return [
    ...accounts.flatMap((one: string) => (named(objects, 'ServiceAccount', one) ? [] : [`${name}: account ${one}`])),
    ...mounts.flatMap((mount) =>
      claims.includes(mount.name) || volumes.some((volume) => volume.name === mount.name)
        ? []
        : [`${name}: volume ${mount.name}`],
    ),
    ...volumes.flatMap(({ configMap, persistentVolumeClaim }) => [
      ...(configMap === undefined || named(objects, 'ConfigMap', configMap.name)
        ? []
        : [`${name}: ConfigMap ${configMap.name}`]),
      ...(persistentVolumeClaim === undefined ||
      isBrought(persistentVolumeClaim.claimName) ||
      named(objects, 'PersistentVolumeClaim', persistentVolumeClaim.claimName)
        ? []
        : [`${name}: claim ${persistentVolumeClaim.claimName}`]),
    ]),
  ];
}

/** Where a store of secrets is declared, each key that is read must be fetched. Elsewhere people make the Secrets. */
function missingSecrets(objects: readonly Any[], { name, pod }: Workload): string[] {
  const fetched = objects.filter(({ kind }) => kind === 'ExternalSecret');
  if (fetched.length === 0) return [];
  const read: { secret: string; key: string }[] = [
    ...pod.containers.flatMap(({ env = [] }: Any) =>
      env.flatMap(({ valueFrom }: Any) => {
        const reference = valueFrom?.secretKeyRef;
        return reference === undefined || reference.optional === true
          ? []
          : [{ secret: reference.name, key: reference.key }];
      }),
    ),
    ...(pod.volumes ?? []).flatMap(({ secret }: Any) =>
      secret === undefined ? [] : ['tls.crt', 'tls.key'].map((key) => ({ secret: secret.secretName, key })),
    ),
  ];
  const issued = objects.flatMap(({ kind, spec }) => (kind === 'Certificate' ? [spec.secretName] : []));
  return read.flatMap(({ secret, key }) =>
    issued.includes(secret) ||
    fetched.some(({ spec }) => spec.target.name === secret && spec.data.some(({ secretKey }: Any) => secretKey === key))
      ? []
      : [`${name}: secret ${secret}/${key}`],
  );
}

/** Every address in a variable that names a Service of the namespace must lead to pods, and both policies must let it pass. */
function missingPeers(objects: readonly Any[], workloads: readonly Workload[], workload: Workload): string[] {
  const namespace = objects.find(({ kind }) => kind === 'Namespace')?.metadata.name;
  const pattern = new RegExp(`([a-z0-9-]+)\\.${namespace}\\.svc\\.cluster\\.local(?::(\\d+))?`, 'g');
  const texts: string[] = workload.pod.containers.flatMap(({ env = [] }: Any) =>
    env.flatMap(({ value }: Any) => (typeof value === 'string' ? [value] : [])),
  );
  return texts.flatMap((text) =>
    [...text.matchAll(pattern)].flatMap(([, host = '', port]) =>
      unreachable(objects, workloads, workload, host, port === undefined ? undefined : Number(port)),
    ),
  );
}

/** What keeps a workload from a Service; for peers that only a secret names, tests ask it themselves. */
export function unreachable(
  objects: readonly Any[],
  workloads: readonly Workload[],
  { name, labels }: Pick<Workload, 'name' | 'labels'>,
  host: string,
  port: number | undefined,
): string[] {
  const service = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === host);
  if (service === undefined) return [`${name}: Service ${host}`];
  const open = service.spec.ports.filter((one: Any) => port === undefined || one.port === port);
  if (open.length === 0) return [`${name}: port ${port} of Service ${host}`];
  const target = workloads.find((one) => isSelected(one.labels, service.spec.selector));
  if (target === undefined) return [`${name}: pods behind Service ${host}`];
  const number = portOf(target, open[0].targetPort ?? open[0].port);
  return [
    ...(allows(objects, labels, 'egress', target.labels, number) ? [] : [`${name}: egress to ${host}:${number}`]),
    ...(allows(objects, target.labels, 'ingress', labels, number) ? [] : [`${name}: ingress of ${host}:${number}`]),
  ];
}

export const workloadsOf = (objects: readonly Any[]): readonly Workload[] => objects.flatMap(workloadOf);

const portOf = ({ pod }: Workload, port: string | number): number =>
  typeof port === 'number'
    ? port
    : pod.containers.flatMap(({ ports = [] }: Any) => ports).find((one: Any) => one.name === port)?.containerPort;

const isSelected = (labels: Labels, selector: Labels = {}): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** Whether any policy over `self` allows the direction; a pod over which none stands is open, but default-deny stands over all. */
function allows(
  objects: readonly Any[],
  self: Labels,
  direction: 'ingress' | 'egress',
  other: Labels,
  port: number,
): boolean {
  const end = direction === 'ingress' ? 'from' : 'to';
  return objects
    .filter(({ kind, spec }) => kind === 'NetworkPolicy' && isSelected(self, spec.podSelector.matchLabels))
    .some(({ spec }) =>
      (spec[direction] ?? []).some(
        (rule: Any) =>
          (rule.ports === undefined || rule.ports.some((one: Any) => one.port === port)) &&
          (rule[end] === undefined ||
            rule[end].some(
              ({ podSelector, namespaceSelector, ipBlock }: Any) =>
                ipBlock === undefined &&
                namespaceSelector === undefined &&
                isSelected(other, podSelector?.matchLabels ?? {}),
            )),
      ),
    );
}

function uselessServices(objects: readonly Any[], workloads: readonly Workload[]): string[] {
  return objects.flatMap(({ kind, metadata, spec }) =>
    kind !== 'Service' || isOfSolver(spec.selector) || workloads.some(({ labels }) => isSelected(labels, spec.selector))
      ? []
      : [`Service/${metadata.name}: pods`],
  );
}

/** cert-manager makes the pods that answer a challenge, while there is one. */
const isOfSolver = (selector: Any): boolean => selector?.['acme.cert-manager.io/http01-solver'] === 'true';
