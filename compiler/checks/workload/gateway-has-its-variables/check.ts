/**
 * workload/gateway-has-its-variables
 *
 * Owns one claim: the pod of the gateway gets every variable that its policy asks for. What a policy asks for is said by
 * `derive/runtime-policy/required-variables.ts`, and what the pod gets by `derive/connections/`.
 */
import { variablesOf } from '../../../derive/connections/connections.ts';
import { buildRuntimePolicy } from '../../../derive/runtime-policy/build-policy.ts';
import { gatewayOf, wantsContainers } from '../../../derive/runtime-policy/placement.ts';
import { type RequiredVariable, requiredVariables, STOPS } from '../../../derive/runtime-policy/required-variables.ts';
import type { DatastoreModel, Model, Origin, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const gatewayHasItsVariables: Check = {
  id: 'workload/gateway-has-its-variables',
  code: 'SW-450',
  severity: 'error',
  title: 'The gateway lacks a variable that its policy asks for',
  why: 'Without it the pod crashes from the first day on, or something that the spec declares silently does not happen.',
  hint: 'Set the variable in `env` of the gateway, or give the datastore its `credentials`.',
  run: (model) => {
    const gateway = gatewayOf(model);
    if (gateway?.image === undefined || !wantsContainers(model)) return [];
    const given = new Map(
      variablesOf(model, gateway).map((one) => [one.name, one.kind === 'literal' ? one.value : '']),
    );
    return (
      requiredVariables(buildRuntimePolicy(model), (name) => given.get(name))
        // Each variable may be given as the name of a file that holds it.
        .filter(({ names }) => !names.some((name) => given.has(name) || given.has(`${name}_FILE`)))
        .flatMap((missing) => reported(model, gateway, missing))
    );
  },
};

interface Cause {
  readonly at: Origin;
  /** The document and the field that are to change. */
  readonly subject: string;
  readonly field: string;
  readonly hint: string;
}

function reported(model: Model, gateway: ServiceModel, missing: RequiredVariable): readonly Finding[] {
  const cause = causeOf(model, gateway, missing);
  if (cause === undefined) return [];
  const { at, subject, field, hint } = cause;
  const isOpen = model.undecided.some(
    (one) => one.subject === subject && (one.field === field || one.field.startsWith(`${field}.`)),
  );
  const names = missing.names.map((name) => `\`${name}\``).join(' or ');
  const stops = missing.without === STOPS;
  const message = `the policy of \`${gateway.name}\` in ${model.environment.name} asks for ${names}, which nothing sets: ${
    stops ? 'the pod ends at its start' : missing.without
  }`;
  return [{ at, message, hint, severity: isOpen ? 'info' : stops ? 'error' : 'warning' }];
}

function causeOf(model: Model, gateway: ServiceModel, missing: RequiredVariable): Cause | undefined {
  const store = datastoreOf(model, gateway, missing);
  if (store !== undefined) return datastoreCause(gateway, store, missing.names[0] ?? '');
  // A gateway with routes for keys and without any database is the business of `identity/keys-have-a-store`.
  if (missing.part === 'database' && model.environment.stage !== 'development') return undefined;
  const subject = `Service ${gateway.name}`;
  const [name = ''] = missing.names;
  const line = `- { name: ${name}, secret: { name: ${gateway.name}, key: ${name.toLowerCase().replaceAll('_', '-')} } }`;
  const hint = `Add to \`env\` of ${subject}: \`${line}\`.`;
  const { runtime } = gateway;
  const written = runtime?.environment.find((one) => one.name === name);
  switch (missing.part) {
    case 'traces':
      return {
        at: runtime?.tracing?.origin.self ?? gateway.origin.self,
        subject,
        field: 'runtime.tracing.endpoint',
        hint: `Add to \`runtime.tracing\` of ${subject}: \`endpoint: http://otel-collector.monitoring:4317\`, or set \`${name}\` in \`env\`.`,
      };
    case 'replica':
      return {
        at: runtime?.readReplica?.origin.self ?? gateway.origin.self,
        subject,
        field: 'runtime.readReplica',
        hint,
      };
    case 'errors':
      return { at: runtime?.origin.of('errorsEnv') ?? gateway.origin.self, subject, field: 'runtime.errors', hint };
    case 'tenant':
      return { at: runtime?.tenants?.origin.self ?? gateway.origin.self, subject, field: 'runtime.tenants', hint };
    case 'signature':
      return { at: runtime?.signing?.origin.of('secrets') ?? gateway.origin.self, subject, field: 'env', hint };
    default:
      return { at: written?.origin.self ?? gateway.origin.self, subject, field: 'env', hint };
  }
}

/** The datastore whose address is missing. */
function datastoreOf(model: Model, gateway: ServiceModel, { part, of }: RequiredVariable): DatastoreModel | undefined {
  const used = model.datastores.filter(
    ({ name, placement }) => placement !== 'embedded' && gateway.uses.some((use) => use.datastore === name),
  );
  if (part === 'database') return used.find(({ engine }) => engine === 'postgresql');
  if (part === 'counters') return used.find(({ engine }) => engine === 'redis');
  if (part === 'dependency') return used.find(({ name }) => name === of);
  return part === 'queue' ? used.find(({ streams }) => streams.length > 0) : undefined;
}

function datastoreCause(gateway: ServiceModel, store: DatastoreModel, variable: string): Cause {
  const subject = `Datastore ${store.name}`;
  const use = gateway.uses.find(({ datastore }) => datastore === store.name);
  const at = use?.origin.self ?? gateway.origin.self;
  const credentials = use?.credentials ?? store.credentials;
  if (credentials === undefined)
    return {
      at,
      subject,
      field: 'credentials',
      hint: `Add to ${subject}: \`credentials: { name: ${store.name}, key: url }\`, a secret that holds the whole address.`,
    };
  return {
    at: credentials.origin.self,
    subject,
    field: 'credentials',
    hint: `Let \`credentials.key\` of ${subject} name a key with the whole address, such as \`url\`; if \`${credentials.key}\` is one, say \`as: ${variable}\` beside \`use: ${store.name}\`.`,
  };
}
