/**
 * delivery/secrets-are-apart
 *
 * Owns one claim: what is not production does not read production's secrets. It is the store and the name that tell secrets apart; a
 * `SecretStore` belongs to its namespace, so that two of one name are two stores.
 */
import { type SecretUse, secretsOf, wants } from '../../../derive/kubernetes-scope.ts';
import type { Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const secretsAreApart: Check = {
  id: 'delivery/secrets-are-apart',
  code: 'SW-459',
  severity: 'warning',
  title: 'Another environment reads the secrets of production',
  why: 'A test that empties its database would empty the one of production, and a key that leaks from staging opens production.',
  hint: 'Name another store in `secretStore`, or other secrets for this environment.',
  run: () => [],
  across: (models) => {
    const inCluster = models.filter((model) => wants(model, 'kubernetes'));
    const [production, others] = [
      inCluster.filter(({ environment }) => environment.stage === 'production'),
      inCluster.filter(({ environment }) => environment.stage !== 'production'),
    ];
    return others.flatMap((other) =>
      production.flatMap((model) => (isOneStore(model, other) ? shared(model, other) : [])),
    );
  },
};

const isOneStore = ({ environment: a }: Model, { environment: b }: Model): boolean =>
  a.secretStore?.kind === 'ClusterSecretStore' &&
  b.secretStore?.kind === 'ClusterSecretStore' &&
  a.secretStore.name === b.secretStore.name &&
  a.cluster === b.cluster;

function shared(production: Model, other: Model): readonly Finding[] {
  const read = new Set(pairsOf(production));
  const both = pairsOf(other).filter((pair) => read.has(pair));
  if (both.length === 0) return [];
  const isOpen = [production, other].some(({ undecided, environment }) =>
    undecided.some(
      ({ subject, field }) =>
        subject === `Environment ${environment.name}` && /^(?:secretStore|cluster)(?:\.|$)/.test(field),
    ),
  );
  const { name } = other.environment;
  return [
    {
      at: other.environment.origin.of('secretStore'),
      message: `${name} of ${other.system.name} reads from store \`${other.environment.secretStore?.name}\` what ${production.environment.name} of ${production.system.name} reads: ${both.join(', ')}`,
      hint: `Write \`secretStore: { name: ${other.environment.secretStore?.name}-${name} }\`, or other secrets for ${name}, as in \`datastores: { main: { credentials: { name: main-${name}, key: url } } }\`.`,
      severity: isOpen ? 'info' : 'warning',
      related: [{ at: production.environment.origin.of('secretStore'), note: 'production names the same store here' }],
    },
  ];
}

/** The access to registries is the same for everybody on purpose. */
const pairsOf = (model: Model): readonly string[] =>
  secretsOf(model).flatMap(({ secret, keys, isPullSecret }: SecretUse) =>
    isPullSecret ? [] : keys.map((key) => `${secret} (${key})`),
  );
