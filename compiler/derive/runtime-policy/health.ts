/**
 * Probe paths of the runtime and what its readiness looks at: what the gateway service uses and calls.
 *
 * What the services behind it use is their own readiness, and stays out: the runtime has no address for it.
 */

import { compareTexts } from '../../../schemas/data/texts.ts';
import { engineOf } from '../../../schemas/engines/index.ts';
import type { Dependency, Health } from '../../../schemas/runtime-policy.gen.ts';
import { from, type Marked } from '../../marks.ts';
import { objectName } from '../../object-name.ts';
import type { DatastoreModel, Model, Origin } from '../../resolve/model/index.ts';
import { addressVariableOf } from '../connections/connections.ts';
import { gatewayOf } from './placement.ts';
import { servedRoutes } from './served-routes.ts';
import { databaseOf } from './storage.ts';

const TIMEOUT_MS = 1000;

export function draftHealth(model: Model): Marked<Health> {
  const probes = gatewayOf(model)?.probes;
  const { live, ready } = probePaths(probes?.livenessPath ?? '/health', probes?.readinessPath ?? '/ready');
  const dependencies = uniqueNames([...datastoreDependencies(model), ...upstreamDependencies(model)]);
  return {
    live: probes === undefined ? live : from(probes.origin.of('livenessPath'), live),
    ready: probes === undefined ? ready : from(probes.origin.of('readinessPath'), ready),
    dependencies: dependencies
      .sort((a, b) => compareTexts(a.value.name, b.value.name))
      .map(({ value, origin }) => from(origin, value)),
  };
}

/** The runtime answers the two differently and refuses a policy that gives both one path; liveness keeps it then. */
function probePaths(live: string, ready: string): Pick<Health, 'live' | 'ready'> {
  if (live !== ready) return { live, ready };
  return { live, ready: live === '/ready' ? '/health' : '/ready' };
}

/** Something that is needed, and the value of the spec that needs it. */
interface Needed {
  readonly value: Dependency;
  readonly origin: Origin;
}

function datastoreDependencies(model: Model): Needed[] {
  const database = databaseOf(model);
  const named = (gatewayOf(model)?.uses ?? []).flatMap((use): Needed[] => {
    const datastore = model.datastores.find(({ name }) => name === use.datastore);
    if (datastore === undefined) return [];
    if (datastore === database)
      return [
        {
          value: { name: datastore.name, kind: 'storage', required: use.required, timeoutMs: TIMEOUT_MS },
          origin: use.origin.self,
        },
      ];
    const kind = serverKind(datastore);
    if (kind === undefined) return [];
    return [
      {
        value: {
          name: datastore.name,
          kind,
          required: use.required,
          timeoutMs: TIMEOUT_MS,
          env: addressVariableOf(model, gatewayOf(model), datastore),
        },
        origin: use.origin.self,
      },
    ];
  });
  // API keys live in a database even when no document says so: without it no key can be checked.
  const asking = servedRoutes(model).find(({ route }) => route.auth === 'api-key')?.route;
  if (database !== undefined || asking === undefined) return named;
  const value: Dependency = { name: 'database', kind: 'storage', required: true, timeoutMs: TIMEOUT_MS };
  return [...named, { value, origin: asking.origin.of('auth') }];
}

const serverKind = ({ engine, placement }: DatastoreModel): 'postgresql' | 'redis' | undefined =>
  placement === 'embedded' ? undefined : engineOf(engine).health;

/** Shown, and required only where the gateway's own document says so: one service that is down must not take the others with it. */
function upstreamDependencies(model: Model): Needed[] {
  const calls = gatewayOf(model)?.calls ?? [];
  return [...new Set(servedRoutes(model).map(({ service }) => service))].map(({ name, origin }) => {
    const call = calls.find((one) => one.kind === 'service' && one.name === name && one.required);
    return {
      value: { name, kind: 'upstream', required: call !== undefined, timeoutMs: TIMEOUT_MS, upstream: name },
      origin: call?.origin.self ?? origin.self,
    };
  });
}

/** A datastore and a service may share a name; the kind tells them apart. */
function uniqueNames(dependencies: readonly Needed[]): Needed[] {
  const taken = new Set<string>();
  return dependencies.map((needed) => {
    const { name, kind } = needed.value;
    if (taken.has(name)) return { ...needed, value: { ...needed.value, name: objectName(`${name}-${kind}`) } };
    taken.add(name);
    return needed;
  });
}
