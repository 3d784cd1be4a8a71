/**
 * What each service must be told to reach what it declares: one list, derived once, for the emitters, the policy and the checks.
 *
 * Owns where a variable comes from: the secret of the connection's credentials, the host of a datastore, or the gateway's way out. A
 * variable that the document writes itself is never replaced. Relies on `names.ts` for the usual names.
 */
import { compareTexts } from '../../../schemas/data/texts.ts';
import { engineOf } from '../../../schemas/engines/index.ts';
import type {
  DatastoreModel,
  DatastoreUseModel,
  EnvVarModel,
  Model,
  Origin,
  ProviderModel,
  SecretRefModel,
  ServiceModel,
} from '../../resolve/model/index.ts';
import { originsOf } from '../../resolve/model/index.ts';
import { memoByModel } from '../memo-by-model.ts';
import { calledProviders, forwardedUrl, gatewayProviders, isForwarded } from './egress.ts';
import { addressName, baseUrlName, isAddressKey, plainAddress, secretName } from './names.ts';

export interface Connection {
  readonly kind: 'datastore' | 'provider';
  /** Name of the datastore or provider. */
  readonly to: string;
  /** `address` is enough to connect; `credentials` are the rest. */
  readonly holds: 'address' | 'credentials';
  readonly variable: EnvVarModel;
  /** Whether the document writes the variable itself. */
  readonly isWritten: boolean;
}

/** The connections of a service, in the order in which it declares them. */
export const connectionsOf = (model: Model, service: ServiceModel): readonly Connection[] =>
  allConnections(model).get(service.name) ?? [];

/** All variables of a service: those it writes, and those that its connections add. Each name once. */
export function variablesOf(model: Model, service: ServiceModel): readonly EnvVarModel[] {
  const names = new Set(service.env.map(({ name }) => name));
  const added = connectionsOf(model, service).flatMap(({ variable }) => {
    if (names.has(variable.name)) return [];
    names.add(variable.name);
    return [variable];
  });
  return [...service.env, ...added.sort((a, b) => compareTexts(a.name, b.name))];
}

/** The variable in which a service expects the address of a datastore that it uses, whether or not anything fills it. */
export function addressVariableOf(model: Model, service: ServiceModel | undefined, datastore: DatastoreModel): string {
  if (service === undefined) return addressName(datastore, true);
  const found = connectionsOf(model, service).find(
    ({ kind, to, holds }) => kind === 'datastore' && to === datastore.name && holds === 'address',
  );
  if (found !== undefined) return found.variable.name;
  const use = service.uses.find((one) => one.datastore === datastore.name);
  return use?.as ?? addressName(datastore, isFirstOfEngine(model, service, datastore));
}

function isFirstOfEngine(model: Model, service: ServiceModel, { name, engine }: DatastoreModel): boolean {
  const first = service.uses.find(({ datastore }) =>
    model.datastores.some(
      (one) => one.name === datastore && one.placement !== 'embedded' && usualName(one) === usualName({ engine }),
    ),
  );
  return first === undefined || first.datastore === name;
}

/** Engines whose programs read the same name share it, as PostgreSQL and MySQL do. */
const usualName = ({ engine }: Pick<DatastoreModel, 'engine'>): string => engineOf(engine).addressVariable ?? engine;

const allConnections = memoByModel(
  (model) =>
    new Map(
      model.services.map((service) => {
        const isGateway = service.role === 'gateway';
        const providers = isGateway ? gatewayProviders(model, service) : calledProviders(model, service);
        return [
          service.name,
          [
            ...datastoreConnections(model, service),
            ...providers.flatMap((provider) => providerConnections(model, service, provider)),
          ],
        ];
      }),
    ),
);

function datastoreConnections(model: Model, service: ServiceModel): readonly Connection[] {
  return service.uses.flatMap((use) => {
    const datastore = model.datastores.find(({ name }) => name === use.datastore);
    if (datastore === undefined || datastore.placement === 'embedded') return [];
    return connectionsTo(service, use, datastore, isFirstOfEngine(model, service, datastore));
  });
}

function connectionsTo(
  service: ServiceModel,
  use: DatastoreUseModel,
  datastore: DatastoreModel,
  isFirst: boolean,
): readonly Connection[] {
  const credentials = use.credentials ?? datastore.credentials;
  const origin = use.origin.self;
  const link = (holds: Connection['holds'], variable: Wanted): Connection => ({
    kind: 'datastore',
    to: datastore.name,
    holds,
    ...settle(service, variable, origin),
  });
  const address = use.as ?? addressName(datastore, isFirst);
  const isWhole =
    use.as !== undefined ||
    isAddressKey(credentials?.key ?? '') ||
    (needsCredentialsInAddress(datastore) && writtenFrom(service, credentials) !== undefined);
  if (credentials !== undefined && isWhole)
    return [link('address', { name: address, secret: credentials, optional: false, isNamed: use.as !== undefined })];
  const plain = credentials !== undefined && needsCredentialsInAddress(datastore) ? undefined : plainAddress(datastore);
  return [
    ...(plain === undefined ? [] : [link('address', { name: address, value: plain })]),
    ...(credentials === undefined
      ? []
      : [link('credentials', { name: secretName(datastore, credentials), secret: credentials, optional: false })]),
  ];
}

/** Their clients take one address with everything in it. */
const needsCredentialsInAddress = ({ engine }: DatastoreModel): boolean => engineOf(engine).credentialsIn === 'address';

function providerConnections(model: Model, service: ServiceModel, provider: ProviderModel): readonly Connection[] {
  const { name, credentials } = provider;
  const call = service.calls.find((one) => one.kind === 'provider' && one.name === name);
  const origin = call?.origin.self ?? provider.origin.self;
  const link = (holds: Connection['holds'], variable: Wanted): Connection => ({
    kind: 'provider',
    to: name,
    holds,
    ...settle(service, variable, origin),
  });
  const url = service.role !== 'gateway' && isForwarded(model, provider) ? forwardedUrl(model, provider) : undefined;
  if (url !== undefined) return [link('address', { name: baseUrlName(provider), value: url })];
  if (credentials === undefined) return [];
  // Who can do its job without the provider starts without its key, too.
  const optional = !(call?.required ?? true) || !provider.required;
  return [link('credentials', { name: secretName(provider, credentials), secret: credentials, optional })];
}

/** What a connection would add. */
type Wanted =
  | { readonly name: string; readonly value: string }
  | {
      readonly name: string;
      readonly secret: SecretRefModel;
      readonly optional: boolean;
      /** Whether the document chose the name. */
      readonly isNamed?: boolean;
    };

/** The variable that the document writes for it: one that is filled from the same secret, or one of the same name; else a new one. */
function settle(service: ServiceModel, wanted: Wanted, origin: Origin): Pick<Connection, 'variable' | 'isWritten'> {
  const same = 'secret' in wanted && wanted.isNamed !== true ? writtenFrom(service, wanted.secret) : undefined;
  const written = same ?? service.env.find(({ name }) => name === wanted.name);
  if (written !== undefined) return { variable: written, isWritten: true };
  const origins = originsOf(origin);
  const { name } = wanted;
  return {
    isWritten: false,
    variable:
      'secret' in wanted
        ? {
            kind: 'secret',
            name,
            secret: wanted.secret.secret,
            key: wanted.secret.key,
            optional: wanted.optional,
            origin: origins,
          }
        : { kind: 'literal', name, value: wanted.value, origin: origins },
  };
}

const writtenFrom = ({ env }: ServiceModel, secret: SecretRefModel | undefined): EnvVarModel | undefined =>
  env.find((one) => one.kind === 'secret' && one.secret === secret?.secret && one.key === secret.key);
