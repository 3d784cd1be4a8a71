/**
 * What the objects of the edge are called, and the folder they stand in.
 */
import { edgeName, nginxEdgeOf } from '../../../derive/edge/nginx-pods.ts';
import type { Model } from '../../../resolve/model/index.ts';
import { type Subject, versionOf } from '../metadata.ts';

/** The environment owns the edge, so its open questions are shown. */
export function edgeSubject(model: Model, component = 'edge'): Subject {
  const name = edgeName(model);
  const image = nginxEdgeOf(model)?.image;
  return {
    name,
    instance: name,
    component,
    owner: model.system.owner,
    version: image === undefined ? undefined : versionOf(image),
    document: `Environment ${model.environment.name}`,
    origin: nginxEdgeOf(model)?.origin ?? model.environment.origin,
  };
}

/** Below `kubernetes/`. */
export const edgeFolder = edgeName;
