/**
 * Rate limits at the edge: one zone of shared memory for each budget, and the lines that apply it in a location.
 *
 * Owns the directives. Which limits nginx keeps is said by `derive/limits/`; the others stay with the runtime and are named in a comment.
 * Each nginx instance counts for itself.
 */

import { compareTexts, sortTexts } from '../../../schemas/data/texts.ts';
import { formatRate, perSecond } from '../../../schemas/units/index.ts';
import { nginxRate } from '../../derive/limits/figures.ts';
import { limitKey } from '../../derive/limits/keepers.ts';
import { API_KEY_HEADER } from '../../derive/runtime-policy/headers.ts';
import { policyNames } from '../../derive/runtime-policy/names.ts';
import { type Claim, claimAll, from } from '../../marks.ts';
import {
  block,
  comment,
  directive,
  gap,
  mapKey,
  type NginxArgument,
  type NginxNode,
  variables,
} from '../../printers/nginx-conf.ts';
import type { LimitModel, LimitScope } from '../../resolve/model/index.ts';
import type { EdgePlan, EdgeRoute, PathGroup } from './edge-plan.ts';

/** 128 bytes a key: room for about eighty thousand clients. */
const ZONE_SIZE = '10m';

/** What nginx tells requests apart by. */
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

/** By `limitKey`. */
export type EdgeLimits = ReadonlyMap<string, EdgeLimit>;

/** The limits that nginx keeps. */
export function edgeLimits(plan: EdgePlan): EdgeLimits {
  const found = plan.groups.flatMap(({ routes }) =>
    routes.flatMap(({ limits }) =>
      limits.flatMap(({ limit, key: budget, by }) => {
        const [rate, key] = [nginxRate(limit.rate), KEYS[limit.per]];
        if (!by.includes('edge') || rate === undefined || key === undefined) return [];
        return [[budget, { limit, zone: zoneName(limit), rate: rate.text, key }] as const];
      }),
    ),
  );
  return new Map(found.sort(([a], [b]) => compareTexts(a, b)));
}

/** The slash of a budget that one route has alone is no part of any other name; neither is the dot. */
const zoneName = ({ zone, per }: LimitModel): string => `${zone.replaceAll('/', '.')}_${per}`;

/** The zones, for `http`. */
export function rateLimitNodes(plan: EdgePlan): readonly NginxNode[] {
  const limits = edgeLimits(plan);
  const sharing = groupsByLimit(plan);
  const names = policyNames(limits.keys());
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
    ...[...limits].flatMap(([key, limit]) =>
      zoneNodes(limit, { budget: key, name: names.get(key) ?? key, groups: sharing.get(key) ?? [] }),
    ),
    ...leftToRuntime(plan).flatMap((remark, index) => [...(index === 0 ? [gap] : []), comment(remark)]),
  ];
}

/** The path groups that draw on each limit, by `limitKey`. */
function groupsByLimit({ groups }: EdgePlan): ReadonlyMap<string, readonly PathGroup[]> {
  const found = new Map<string, PathGroup[]>();
  for (const group of groups) {
    for (const key of limitKeysOf(group)) {
      const sharing = found.get(key);
      if (sharing === undefined) found.set(key, [group]);
      else sharing.push(group);
    }
  }
  return found;
}

interface Drawn {
  readonly budget: string;
  /** Letters, digits and hyphens; unique among all. */
  readonly name: string;
  /** The path groups that draw on it. */
  readonly groups: readonly PathGroup[];
}

function zoneNodes({ limit, zone, rate, key }: EdgeLimit, { budget, name, groups }: Drawn): readonly NginxNode[] {
  const what = `${formatRate(limit.rate)} for each ${limit.per}, ${limit.burst} more at once.`;
  const title = comment(limit.dryRun ? `Only counted, a dry run: ${what}` : what);
  const zoneDirective = (counted: NginxArgument) =>
    directive('limit_req_zone', counted, `zone=${zone}:${ZONE_SIZE}`, `rate=${rate}`);
  const isDrawnOn = (route: EdgeRoute): boolean => limitKeysOfRoute(route).includes(budget);
  if (groups.every(({ routes }) => routes.every(isDrawnOn)))
    return [gap, title, from(limit.origin.of('rate'), zoneDirective(variables(key)))];
  // An empty key is not counted: within one location only some methods draw on this budget.
  const keyVariable = variables(`$limit_key_${name.replaceAll('-', '_')}`);
  const within = groups.flatMap(({ routes }) => routes.filter(isDrawnOn));
  return [
    gap,
    title,
    block(
      'map',
      [variables('$route'), keyVariable],
      [directive('default', ''), ...within.map(({ route }) => directive(mapKey(route.id), variables(key)))],
    ),
    from(limit.origin.of('rate'), zoneDirective(keyVariable)),
  ];
}

const limitKeysOfRoute = ({ limits }: EdgeRoute): readonly string[] =>
  limits.filter(({ by }) => by.includes('edge')).map(({ key }) => key);

const limitKeysOf = ({ routes }: PathGroup): ReadonlySet<string> => new Set(routes.flatMap(limitKeysOfRoute));

/** The limits of a location. A dry run is never beside a limit that enforces: nginx rehearses all limits of a location or none. */
export function limitRequestNodes(group: PathGroup, limits: EdgeLimits): readonly NginxNode[] {
  const applied = limitsOf(group, limits);
  if (applied.length === 0) return [];
  const lines = applied.map((found) => {
    const { limit, zone } = found;
    const line = directive(
      'limit_req',
      `zone=${zone}`,
      ...(limit.burst > 0 ? [`burst=${limit.burst}`, 'nodelay'] : []),
    );
    return claimAll(claimsOf(group, found), from(limit.origin.of('burst'), line));
  });
  const rehearsed = applied.find(({ limit }) => limit.dryRun);
  if (rehearsed !== undefined)
    return [...lines, from(rehearsed.limit.origin.of('dryRun'), directive('limit_req_dry_run', 'on'))];
  const slowest = Math.max(...applied.map(({ limit }) => Math.ceil(1 / perSecond(limit.rate))));
  return [...lines, directive('set', variables('$limit_wait'), String(slowest))];
}

/** One for each route that draws on it; a dry run refuses nothing. */
function claimsOf({ routes }: PathGroup, { limit, zone, rate }: EdgeLimit): readonly Claim[] {
  if (limit.dryRun) return [];
  const { per, burst } = limit;
  return routes
    .filter((route) => limitKeysOfRoute(route).includes(limitKey(limit)))
    .map(({ route }) => ({
      control: 'edge/rate-limit',
      subject: `route/${route.id}`,
      parameters: { at: 'edge', zone, per, rate, burst, status: 429 },
    }));
}

/** The limits of a group that nginx keeps, sorted by `limitKey`. */
const limitsOf = (group: PathGroup, limits: EdgeLimits): readonly EdgeLimit[] =>
  sortTexts(limitKeysOf(group)).flatMap((key) => limits.get(key) ?? []);

/** Sentences about the limits that were meant for the edge and cannot be kept here. */
function leftToRuntime({ groups }: EdgePlan): readonly string[] {
  const sentences = groups.flatMap(({ routes }) =>
    routes.flatMap(({ limits }) =>
      limits.flatMap(({ limit, refusals }) =>
        refusals.edge === undefined || !limit.at.includes('edge')
          ? []
          : [
              `Left to the runtime: ${limit.zone} (${formatRate(limit.rate)} for each ${limit.per}); ${refusals.edge.reason}.`,
            ],
      ),
    ),
  );
  return [...new Set(sentences)];
}
