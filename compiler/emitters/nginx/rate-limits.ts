/**
 * Rate limits at the edge: one zone of shared memory for each budget, and the lines that apply it in a location.
 *
 * Owns which limits nginx can count: those placed at the edge, by something that nginx knows, at a rate that it can say exactly. The
 * others stay with the runtime and are named in a comment. Each nginx instance counts for itself.
 */

import { formatNginxRate, formatRate, perSecond } from '../../../schemas/units/index.ts';
import { API_KEY_HEADER } from '../../policy/headers.ts';
import { limitKey } from '../../policy/limits.ts';
import { compareTexts } from '../../policy/sort-texts.ts';
import { block, comment, directive, gap, mapKey, type NginxNode, variables } from '../../printers/nginx-conf.ts';
import type { LimitModel, LimitScope } from '../../resolve/model/index.ts';
import type { EdgePlan, PathGroup } from './edge-plan.ts';

/** 128 bytes a key: room for about eighty thousand clients. */
const ZONE_SIZE = '10m';

/** What nginx can tell requests apart by. Tenants, users and organisations are known only to whoever reads the key. */
const KEYS: Readonly<Partial<Record<LimitScope, string>>> = {
  client: '$client_network',
  'api-key': `$http_${API_KEY_HEADER.replaceAll('-', '_')}`,
  route: '$route',
  global: 'everybody',
};

export interface EdgeLimit {
  readonly limit: LimitModel;
  readonly zone: string;
  readonly rate: string;
  readonly key: string;
}

/** The limits that nginx enforces, by `limitKey`. Where a budget is given twice with different figures the stricter one holds. */
export function edgeLimits(plan: EdgePlan): ReadonlyMap<string, EdgeLimit> {
  const found = new Map<string, EdgeLimit>();
  for (const limit of limitsAtEdge(plan)) {
    const rate = formatNginxRate(limit.rate);
    const key = KEYS[limit.per];
    const known = found.get(limitKey(limit));
    if (rate === undefined || key === undefined || (known !== undefined && !isStricter(limit, known.limit))) continue;
    found.set(limitKey(limit), { limit, zone: `${limit.zone}_${limit.per}`, rate, key });
  }
  return new Map([...found].sort(([a], [b]) => compareTexts(a, b)));
}

const limitsAtEdge = (plan: EdgePlan): readonly LimitModel[] =>
  plan.groups
    .flatMap(({ routes }) => routes.flatMap(({ route }) => route.limits))
    .filter((limit) => limit.at.includes('edge'));

function isStricter(left: LimitModel, right: LimitModel): boolean {
  const difference = perSecond(left.rate) - perSecond(right.rate);
  return difference === 0 ? left.burst < right.burst : difference < 0;
}

/** The zones, for `http`. */
export function rateLimitNodes(plan: EdgePlan): readonly NginxNode[] {
  const limits = edgeLimits(plan);
  return [
    comment('An IPv6 subscriber owns a whole /64, so that is what counts as one client.'),
    block(
      'map',
      [variables('$binary_remote_addr'), variables('$client_network')],
      [
        directive('~(?s)^(?<ipv6_network>.{8}).{8}\\z', variables('$ipv6_network')),
        directive('default', variables('$binary_remote_addr')),
      ],
    ),
    gap,
    comment("429 and not nginx's 503, which would count as our failure."),
    directive('limit_req_status', '429'),
    directive('limit_conn_status', '429'),
    directive('limit_req_log_level', 'warn'),
    ...[...limits.values()].flatMap((limit) => zoneNodes(plan, limit)),
    ...leftToRuntime(plan).flatMap((remark, index) => [...(index === 0 ? [gap] : []), comment(remark)]),
  ];
}

function zoneNodes(plan: EdgePlan, { limit, zone, rate, key }: EdgeLimit): readonly NginxNode[] {
  const routes = routesWithin(plan, limit);
  const title = comment(`${formatRate(limit.rate)} for each ${limit.per}, ${limit.burst} more at once.`);
  if (!isSharedUnevenly(plan, limit))
    return [gap, title, directive('limit_req_zone', variables(key), `zone=${zone}:${ZONE_SIZE}`, `rate=${rate}`)];
  // An empty key is not counted: within one location only some methods draw on this budget.
  const keyVariable = variables(`$limit_key_${zone.replaceAll('-', '_')}`);
  return [
    gap,
    title,
    block(
      'map',
      [variables('$route'), keyVariable],
      [directive('default', ''), ...routes.map((id) => directive(mapKey(id), variables(key)))],
    ),
    directive('limit_req_zone', keyVariable, `zone=${zone}:${ZONE_SIZE}`, `rate=${rate}`),
  ];
}

const routesWithin = (plan: EdgePlan, limit: LimitModel): readonly string[] =>
  plan.groups.flatMap(({ routes }) =>
    routes.filter(({ route }) => hasLimit(route.limits, limit)).map(({ route }) => route.id),
  );

const hasLimit = (limits: readonly LimitModel[], limit: LimitModel): boolean =>
  limits.some((other) => limitKey(other) === limitKey(limit) && other.at.includes('edge'));

const isSharedUnevenly = (plan: EdgePlan, limit: LimitModel): boolean =>
  plan.groups.some(({ routes }) => {
    const within = routes.filter(({ route }) => hasLimit(route.limits, limit)).length;
    return within > 0 && within < routes.length;
  });

/** The limits of a location. */
export function limitRequestNodes(group: PathGroup, limits: ReadonlyMap<string, EdgeLimit>): readonly NginxNode[] {
  const applied = limitsOf(group, limits);
  if (applied.length === 0) return [];
  const slowest = Math.max(...applied.map(({ limit }) => Math.ceil(1 / perSecond(limit.rate))));
  return [
    ...applied.map(({ limit, zone }) =>
      directive('limit_req', `zone=${zone}`, ...(limit.burst > 0 ? [`burst=${limit.burst}`, 'nodelay'] : [])),
    ),
    directive('set', variables('$limit_wait'), String(slowest)),
  ];
}

export const limitsOf = (group: PathGroup, limits: ReadonlyMap<string, EdgeLimit>): readonly EdgeLimit[] =>
  [...limits]
    .filter(([key]) =>
      group.routes.some(({ route }) =>
        route.limits.some((limit) => limitKey(limit) === key && limit.at.includes('edge')),
      ),
    )
    .map(([, limit]) => limit);

/** Sentences about the limits that were meant for the edge and cannot be kept here. */
function leftToRuntime(plan: EdgePlan): readonly string[] {
  const sentences = limitsAtEdge(plan).flatMap((limit) => {
    const what = `${limit.zone} (${formatRate(limit.rate)} for each ${limit.per})`;
    if (KEYS[limit.per] === undefined) return [`Left to the runtime: ${what}; nginx does not know who that is.`];
    return formatNginxRate(limit.rate) === undefined
      ? [`Left to the runtime: ${what}; nginx counts whole requests per second or minute.`]
      : [];
  });
  return [...new Set(sentences)];
}
