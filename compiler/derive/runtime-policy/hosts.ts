/**
 * Hosts of routes: no host means all of them.
 */
import type { RouteModel } from '../../resolve/model/index.ts';

type Served = Pick<RouteModel, 'hosts'>;

/** Whether some host serves both. */
export const sharesHost = (a: Served, b: Served): boolean =>
  a.hosts.length === 0 || b.hosts.length === 0 || a.hosts.some((host) => b.hosts.includes(host));

/** Whether `a` is served wherever `b` is. */
export const coversHosts = (a: Served, b: Served): boolean =>
  a.hosts.length === 0 || (b.hosts.length > 0 && b.hosts.every((host) => a.hosts.includes(host)));
