/**
 * workload/variables-are-clear
 *
 * Owns one claim: each variable that a connection adds has one source, and a name that the document chose with `as` is not taken.
 */
import { type Connection, connectionsOf } from '../../../derive/connections/connections.ts';
import type { EnvVarModel, Model, SecretRefModel, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const variablesAreClear: Check = {
  id: 'workload/variables-are-clear',
  code: 'SW-452',
  severity: 'error',
  title: 'Two sources want the same variable',
  why: 'Only one of them would reach the process, and the other connection would be made with the wrong address or key.',
  hint: 'Give one of the connections a name of its own with `as`.',
  run: (model) =>
    model.services.flatMap((service) => [
      ...taken(model, service),
      ...repeated(service, connectionsOf(model, service)),
    ]),
};

/** `as` with the name of a variable that `env` fills from elsewhere. */
const taken = (model: Model, { name, env, uses }: ServiceModel): readonly Finding[] =>
  uses.flatMap(({ as, datastore, credentials, origin }) => {
    const written = env.find((one) => one.name === as);
    const secret = credentials ?? model.datastores.find((one) => one.name === datastore)?.credentials;
    if (written === undefined || isFilledFrom(written, secret)) return [];
    return [
      {
        at: origin.of('as'),
        message: `\`${name}\` wants the address of \`${datastore}\` as \`${as}\`, which its \`env\` sets to something else`,
        hint: `Take \`${as}\` out of \`env\`, or choose another name in \`as\`.`,
        related: [{ at: written.origin.self, note: 'it is set here' }],
      },
    ];
  });

const isFilledFrom = (variable: EnvVarModel, secret: SecretRefModel | undefined): boolean =>
  variable.kind === 'secret' && variable.secret === secret?.secret && variable.key === secret.key;

function repeated(service: ServiceModel, connections: readonly Connection[]): readonly Finding[] {
  const first = new Map<string, Connection>();
  return connections.flatMap((connection) => {
    const { variable, to, isWritten } = connection;
    const earlier = first.get(variable.name);
    if (earlier === undefined) first.set(variable.name, connection);
    if (earlier === undefined || isWritten || isSame(earlier.variable, variable)) return [];
    return [
      {
        at: variable.origin.self,
        message: `\`${service.name}\` would get \`${variable.name}\` from both \`${earlier.to}\` and \`${to}\``,
        related: [{ at: earlier.variable.origin.self, note: 'the other source is here' }],
      },
    ];
  });
}

function isSame(a: EnvVarModel, b: EnvVarModel): boolean {
  if (a.kind === 'literal') return b.kind === 'literal' && a.value === b.value;
  if (b.kind === 'literal') return false;
  return a.secret === b.secret && a.key === b.key;
}
