/**
 * Probe paths of the runtime and what its readiness looks at: what the gateway service uses and calls.
 *
 * What the services behind it use is their own readiness, and stays out: the runtime has no address for it.
 */

import type { Dependency, Health } from '../../../schemas/runtime-policy.gen.ts';
import { objectName } from '../../object-name.ts';
import type { DatastoreModel, Model } from '../../resolve/model/index.ts';
import { addressVariableOf } from '../connections/connections.ts';
import { gatewayOf } from './placement.ts';
import { servedRoutes } from './served-routes.ts';
import { compareTexts } from './sort-texts.ts';
import { databaseOf } from './storage.ts';

const TIMEOUT_MS = 1000;

export function buildHealth(model: Model): Health {
  const probes = gatewayOf(model)?.probes;
  const dependencies = [...datastoreDependencies(model), ...upstreamDependencies(model)];
  return {
    ...probePaths(probes?.livenessPath ?? '/health', probes?.readinessPath ?? '/ready'),
    dependencies: uniqueNames(dependencies).sort((a, b) => compareTexts(a.name, b.name)),
  };
}

/** The runtime answers the two differently and refuses a policy that gives both one path; liveness keeps it then. */
function probePaths(live: string, ready: string): Pick<Health, 'live' | 'ready'> {
  if (live !== ready) return { live, ready };
  return { live, ready: live === '/ready' ? '/health' : '/ready' };
}

function datastoreDependencies(model: Model): Dependency[] {
  const database = databaseOf(model);
  const named = (gatewayOf(model)?.uses ?? []).flatMap((use): Dependency[] => {
    const datastore = model.datastores.find(({ name }) => name === use.datastore);
    if (datastore === undefined) return [];
    if (datastore === database)
      return [{ name: datastore.name, kind: 'storage', required: use.required, timeoutMs: TIMEOUT_MS }];
    const kind = serverKind(datastore);
    if (kind === undefined) return [];
    return [
      {
        name: datastore.name,
        kind,
        required: use.required,
        timeoutMs: TIMEOUT_MS,
        env: addressVariableOf(model, gatewayOf(model), datastore),
      },
    ];
  });
  // API keys live in a database even when no document says so: without it no key can be checked.
  const needsKeys = servedRoutes(model).some(({ route }) => route.auth === 'api-key');
  if (database !== undefined || !needsKeys) return named;
  return [...named, { name: 'database', kind: 'storage', required: true, timeoutMs: TIMEOUT_MS }];
}

function serverKind({ engine, placement }: DatastoreModel): 'postgresql' | 'redis' | undefined {
  if (placement === 'embedded') return undefined;
  return engine === 'postgresql' || engine === 'redis' ? engine : undefined;
}

/** Shown, and required only where the gateway's own document says so: one service that is down must not take the others with it. */
function upstreamDependencies(model: Model): Dependency[] {
  const calls = gatewayOf(model)?.calls ?? [];
  return [...new Set(servedRoutes(model).map(({ service }) => service.name))].map((upstream) => ({
    name: upstream,
    kind: 'upstream' as const,
    required: calls.some((call) => call.kind === 'service' && call.name === upstream && call.required),
    timeoutMs: TIMEOUT_MS,
    upstream,
  }));
}

/** A datastore and a service may share a name; the kind tells them apart. */
function uniqueNames(dependencies: readonly Dependency[]): Dependency[] {
  const taken = new Set<string>();
  return dependencies.map((dependency) => {
    if (taken.has(dependency.name)) return { ...dependency, name: objectName(`${dependency.name}-${dependency.kind}`) };
    taken.add(dependency.name);
    return dependency;
  });
}
