/**
 * The identity of dashboards, so that alerts can link to one before it is printed.
 *
 * A `uid` made from the name keeps links and bookmarks alive over every change of the content.
 */
import { createHash } from 'node:crypto';
import type { Model } from '../../resolve/model/index.ts';

/** At most 40 characters are allowed; twenty hexadecimal digits are plenty. */
export const dashboardUid = (model: Model): string =>
  createHash('sha256').update(`${model.system.name}/${model.environment.name}`).digest('hex').slice(0, 20);

/** Path below the address of Grafana, which the spec does not know. */
export function dashboardPath(model: Model): string {
  const known = paths.get(model);
  if (known !== undefined) return known;
  const path = `/d/${dashboardUid(model)}/${model.system.name}-${model.environment.name}`;
  paths.set(model, path);
  return path;
}

/** Every alert asks. */
const paths = new WeakMap<Model, string>();
