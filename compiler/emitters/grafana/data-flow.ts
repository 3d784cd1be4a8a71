/**
 * The order in which services are shown: as a request travels, callers before those they call.
 */
import { compareTexts } from '../../../schemas/data/texts.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';

const ROLE_ORDER = { gateway: 0, app: 1, worker: 2 } as const;

/** Gateways, apps, workers; within each by distance from whoever is called by nobody, then by name. */
export function inDataFlow(model: Model): readonly ServiceModel[] {
  const depth = depths(model);
  const rank = (service: ServiceModel): readonly [number, number] => [
    ROLE_ORDER[service.role],
    depth.get(service.name) ?? 0,
  ];
  return [...model.services].sort((a, b) => {
    const [[roleA, depthA], [roleB, depthB]] = [rank(a), rank(b)];
    return roleA - roleB || depthA - depthB || compareTexts(a.name, b.name);
  });
}

/** The shortest way from an entry, breadth first, so that a circle of calls ends. */
function depths(model: Model): ReadonlyMap<string, number> {
  const callees = new Map(model.services.map((service) => [service.name, calleesOf(service)]));
  const called = new Set([...callees.values()].flat());
  const entries = model.services.map(({ name }) => name).filter((name) => !called.has(name));
  const depth = new Map(entries.map((name) => [name, 0]));
  const queue = [...entries];
  for (const name of queue) {
    for (const callee of callees.get(name) ?? []) {
      if (depth.has(callee)) continue;
      depth.set(callee, (depth.get(name) ?? 0) + 1);
      queue.push(callee);
    }
  }
  return depth;
}

const calleesOf = ({ calls }: ServiceModel): readonly string[] =>
  calls.flatMap(({ kind, name }) => (kind === 'service' ? [name] : []));
