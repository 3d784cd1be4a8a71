/**
 * data/connections-within-limit
 *
 * Owns one claim: when everything runs at its most, the database still accepts every connection. All services that share it count, and
 * so do the extra replicas of a rolling update.
 */
import type { DatastoreModel, DatastoreUseModel, Model, Origin, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

/** Rolling updates start a quarter more replicas before the old ones leave (maxSurge 25 %, rounded up). */
const SURGE = 0.25;

export const connectionsWithinLimit: Check = {
  id: 'data/connections-within-limit',
  code: 'SW-409',
  severity: 'error',
  title: 'Services can open more connections than the database accepts',
  why: 'At the moment of the highest load the database refuses connections, and new replicas make it worse.',
  hint: 'Lower the pools, raise `maxConnections`, or put a connection pooler in between.',
  run: (model) => {
    const demands = demandsByDatastore(model);
    return model.datastores.flatMap((datastore) => findingsOf(datastore, demands.get(datastore.name) ?? []));
  },
};

function findingsOf(datastore: DatastoreModel, demands: readonly Demand[]): Finding[] {
  const { name, maxConnections, reservedConnections, origin } = datastore;
  if (maxConnections === undefined) return [];
  const total = demands.reduce((sum, demand) => sum + demand.connections, 0);
  const available = maxConnections - reservedConnections;
  if (total <= available) return [];
  return [
    {
      at: origin.of('maxConnections'),
      message: `services can open ${total} connections to \`${name}\`, which accepts ${available}`,
      arithmetic: [
        ...demands.map((demand) => demand.step),
        `${maxConnections} - ${reservedConnections} reserved = ${available}`,
      ],
      related: demands.map((demand) => ({
        at: demand.at,
        note: `\`${demand.service}\` opens up to ${demand.connections}`,
      })),
    },
  ];
}

interface Demand {
  readonly service: string;
  readonly connections: number;
  readonly at: Origin;
  /** The step of the calculation. */
  readonly step: string;
}

function demandsByDatastore({ services }: Model): ReadonlyMap<string, readonly Demand[]> {
  const found = new Map<string, Demand[]>();
  for (const service of services) {
    for (const use of service.uses) {
      if (use.pool === undefined) continue;
      const demands = found.get(use.datastore) ?? [];
      found.set(use.datastore, demands);
      demands.push(demandOf(service, use, use.pool));
    }
  }
  return found;
}

function demandOf(service: ServiceModel, use: DatastoreUseModel, pool: number): Demand {
  const onHost = service.process !== undefined;
  const replicas = onHost
    ? (service.process?.instances ?? 1)
    : service.scale.max + Math.ceil(service.scale.max * SURGE);
  const connections = replicas * service.workers * pool;
  const count = onHost
    ? `${replicas} instances`
    : `(${service.scale.max} replicas + ${replicas - service.scale.max} during updates)`;
  return {
    service: service.name,
    connections,
    at: use.origin.of('pool'),
    step: `${service.name}: ${count} x ${service.workers} workers x ${pool} = ${connections}`,
  };
}
