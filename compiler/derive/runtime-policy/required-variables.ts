/**
 * What the runtime must find in its environment, read off a policy alone: one list for the check, the starter and whoever runs it by hand.
 *
 * Owns the agreement with the start of the runtime: `without` is `no start` where it would end with status 2. Without the others it starts,
 * and something that the policy declares does not happen. Switches that may be absent are not listed.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';

export interface RequiredVariable {
  /** Any one of these is enough. */
  readonly names: readonly string[];
  readonly part:
    | 'database'
    | 'pepper'
    | 'counters'
    | 'signature'
    | 'variable'
    | 'replica'
    | 'queue'
    | 'dependency'
    | 'credentials'
    | 'tenant'
    | 'errors'
    | 'traces';
  /** Name of the provider, dependency or queue. */
  readonly of?: string;
  /** `no start`, or what does not happen then. */
  readonly without: string;
}

/** `given` tells the value of a variable as far as it is known, `''` for one that a secret fills; some rules hold only beside another variable. */
export function requiredVariables(
  policy: RuntimePolicy,
  given: (name: string) => string | undefined = () => undefined,
): readonly RequiredVariable[] {
  const all = [
    ...storageVariables(policy, given),
    ...signatureVariables(policy),
    ...declaredVariables(policy, given),
    ...providerVariables(policy),
    ...observers(policy),
  ];
  const first = new Map<string, RequiredVariable>();
  for (const one of all) if (!first.has(one.names.join())) first.set(one.names.join(), one);
  return [...first.values()];
}

type Given = (name: string) => string | undefined;

/** The runtime would end its start with status 2. */
export const STOPS = 'no start';

function storageVariables(policy: RuntimePolicy, given: Given): readonly RequiredVariable[] {
  const { storage, health, queues = {}, auth } = policy;
  const { database, counters, replicas } = storage;
  const keeps =
    policy.routes.some((route) => route.auth === 'api-key') ||
    health.dependencies.some(({ kind }) => kind === 'storage');
  const needsServer = keeps && (database.embedded === 'forbidden' || replicas > 1);
  return [
    ...(needsServer ? [{ names: [database.env], part: 'database', without: STOPS } as const] : []),
    ...(keeps && (needsServer || given(database.env) !== undefined)
      ? [{ names: [auth.apiKeys.pepperEnv], part: 'pepper', without: STOPS } as const]
      : []),
    ...(counters.kind === 'redis' ? [{ names: [counters.env], part: 'counters', without: STOPS } as const] : []),
    ...(keeps && database.replica !== undefined
      ? [{ names: [database.replica.env], part: 'replica', without: 'reads go to the first server' } as const]
      : []),
    ...Object.entries(queues).map(
      ([of, { env }]) => ({ names: [env], part: 'queue', of, without: `queue \`${of}\` is not measured` }) as const,
    ),
    ...health.dependencies.flatMap((dependency) =>
      'env' in dependency && dependency.env !== undefined
        ? [
            {
              names: [dependency.env],
              part: 'dependency',
              of: dependency.name,
              without: `\`${dependency.name}\` counts as away`,
            } as const,
          ]
        : [],
    ),
  ];
}

function signatureVariables({ auth, routes }: RuntimePolicy): readonly RequiredVariable[] {
  const { signature } = auth;
  if (signature === undefined || !routes.some((route) => route.auth === 'signature')) return [];
  return [{ names: signature.secretEnvs, part: 'signature', without: STOPS }];
}

/** The rules of the document itself; those that only warn may stay unmet. */
const declaredVariables = ({ variables = [] }: RuntimePolicy, given: Given): readonly RequiredVariable[] =>
  variables.flatMap(({ name, required, onProblem, unless }) =>
    !required || onProblem !== 'refuse' || (unless !== undefined && given(unless.name) === unless.value)
      ? []
      : [{ names: [name], part: 'variable', without: STOPS } as const],
  );

const providerVariables = ({ providers }: RuntimePolicy): readonly RequiredVariable[] =>
  Object.entries(providers).flatMap(([of, { targets = [] }]) =>
    targets.flatMap(({ credentials }) =>
      credentials === undefined
        ? []
        : [{ names: [credentials.env], part: 'credentials', of, without: `no call reaches \`${of}\`` } as const],
    ),
  );

function observers({ auth, telemetry }: RuntimePolicy): readonly RequiredVariable[] {
  const single = auth.tenants?.single;
  const { errors, traces } = telemetry;
  return [
    ...(single === undefined
      ? []
      : [{ names: [single.keyEnv], part: 'tenant', without: `nobody is the tenant \`${single.id}\`` } as const]),
    ...(errors === undefined
      ? []
      : [{ names: [errors.dsnEnv], part: 'errors', without: 'no error is reported' } as const]),
    ...(traces === undefined || !traces.enabled || traces.endpoint !== undefined
      ? []
      : [{ names: [traces.endpointEnv], part: 'traces', without: 'no trace is sent' } as const]),
  ];
}
