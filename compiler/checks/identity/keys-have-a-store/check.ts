/**
 * identity/keys-have-a-store
 *
 * Owns one claim: routes that ask for a key are served by a gateway that has a database to look the key up in. Development keeps keys in
 * an embedded database of its own.
 */
import type { Check } from '../../check.ts';

export const keysHaveAStore: Check = {
  id: 'identity/keys-have-a-store',
  code: 'SW-422',
  severity: 'error',
  misses: ['Service', 'Datastore'],
  title: 'The gateway has no database for its keys',
  why: 'It refuses to start, because it could not tell a valid key from a guess.',
  hint: 'Let the gateway use a `postgresql` datastore, or embed one in it where a single process is enough.',
  run: ({ system, environment, services, datastores }) => {
    const gateway = services.find((service) => service.role === 'gateway');
    const route = services.flatMap((service) => service.routes).find(({ auth }) => auth === 'api-key');
    if (!system.targets.wanted.includes('runtime') || environment.stage === 'development') return [];
    if (gateway === undefined || route === undefined) return [];
    const hasStore = datastores.some(
      ({ name, engine, embeddedIn }) =>
        engine === 'postgresql' && (embeddedIn === gateway.name || gateway.uses.some((use) => use.datastore === name)),
    );
    if (hasStore) return [];
    const message = `\`${route.id}\` asks for a key, but gateway \`${gateway.name}\` uses no database`;
    return [
      {
        at: gateway.origin.self,
        message,
        related: [{ at: route.origin.of('auth'), note: 'this route asks for a key' }],
      },
    ];
  },
};
