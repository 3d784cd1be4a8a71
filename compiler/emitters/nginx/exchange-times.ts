/**
 * How long the edge waits, and for whom.
 *
 * Owns every time limit of an exchange. The upstream may be silent as long as its route says; a client that sends or reads slowly may pause
 * for the usual seconds, and on a route with a longer time as long as that, or a pause would end what the route allows.
 */
import { formatNginxTime, type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import { fromAll } from '../../marks.ts';
import { directive, type NginxNode } from '../../printers/nginx-conf.ts';
import type { EdgePlan, EdgeRoute, PathGroup } from './edge-plan.ts';

/** The runtime ends a request itself and says why; the edge waits this much longer for its answer. */
const MARGIN_MS = 1000;

/** Longest pause of a client while it sends a body. */
export const SLOW_BODY = milliseconds(15_000);

/** Longest pause of a client while it reads an answer. */
export const SLOW_READER = milliseconds(30_000);

/** nginx ends a request when the upstream has been silent for so long; the whole exchange is timed by the runtime. */
export function timeNodes(group: PathGroup, hasRuntime: boolean): readonly NginxNode[] {
  const longest = longestOf(group.routes);
  const time = formatNginxTime(milliseconds(longest + (hasRuntime ? MARGIN_MS : 0)));
  return [
    fromAll(
      group.routes.map(({ route }) => route.origin.of(route.kind === 'http' ? 'timeout' : 'idleTimeout')),
      directive('proxy_read_timeout', time),
    ),
    directive('proxy_send_timeout', time),
    ...pauseNodes('client_body_timeout', longestOf(group.routes.filter(hasBody)), SLOW_BODY),
    ...pauseNodes('send_timeout', longest, SLOW_READER),
  ];
}

const pauseNodes = (name: string, longest: number, usual: Milliseconds): readonly NginxNode[] =>
  longest <= usual ? [] : [directive(name, formatNginxTime(milliseconds(longest)))];

/** Whether a request of the route can have a body. */
export const hasBody = ({ route }: EdgeRoute): boolean =>
  route.methods.some((method) => method !== 'GET' && method !== 'HEAD');

/** The longest that a connection may rightly stay open. */
export const longestExchange = (plan: EdgePlan): number =>
  Math.max(30_000, ...plan.groups.map(({ routes }) => longestOf(routes)));

const longestOf = (routes: readonly EdgeRoute[]): number =>
  Math.max(0, ...routes.map(({ route }) => Math.max(route.timeout, route.idleTimeout ?? 0)));
