/**
 * The locations: what is served, to whom, how long, and nothing else.
 *
 * Owns the order of decisions in a location: which route it is, the preflight, the method, the networks, then the upstream. Nothing here
 * may use `add_header` or `proxy_set_header`: either would drop everything that the levels above have set.
 */

import { bytes, formatNginxSize, formatNginxTime, milliseconds } from '../../../schemas/units/index.ts';
import { sortTexts } from '../../derive/policy/sort-texts.ts';
import {
  block,
  comment,
  condition,
  directive,
  gap,
  mapKey,
  type NginxNode,
  variables,
} from '../../printers/nginx-conf.ts';
import type { EdgePlan, EdgeRoute, PathGroup, PlannedLocation } from './edge-plan.ts';
import { UNCLEAR_PATH_STATUS } from './problems.ts';
import { type EdgeLimit, limitRequestNodes } from './rate-limits.ts';

/** What the locations need to know beside their routes. */
export interface LocationContext {
  readonly plan: EdgePlan;
  readonly limits: ReadonlyMap<string, EdgeLimit>;
  readonly grantsCors: boolean;
  /** Whether the runtime answers preflights, so that they have to reach it. */
  readonly passesPreflights: boolean;
  /** The numbers in the names of variables, for paths with several routes. */
  readonly numbers: ReadonlyMap<PathGroup, number>;
}

/** The runtime ends a request itself and says why; the edge waits this much longer for its answer. */
const MARGIN_MS = 1000;

export function locationNodes(context: LocationContext): readonly NginxNode[] {
  return [
    comment('Maps, logs and headers ask for these; a location says what they are.'),
    ...['$route', '$allowed_methods', '$limit_wait'].map((name) => directive('set', variables(name), '')),
    gap,
    comment('A path that the edge and the upstream could read differently is refused before it is matched.'),
    block('if', [condition('$unclear_path')], [directive('return', UNCLEAR_PATH_STATUS)]),
    ...context.plan.locations.flatMap((location) => [gap, locationBlock(location, context)]),
  ];
}

/** How a location is named in the file, in marks and in claims. */
export const locationName = ({ kind, path }: PlannedLocation): readonly string[] =>
  kind === 'exact' ? ['=', path] : [path];

function locationBlock(location: PlannedLocation, context: LocationContext): NginxNode {
  const { group } = location;
  if (group === undefined) return block('location', locationName(location), [directive('return', '404')]);
  return block('location', locationName(location), [
    ...routeNodes(group, context),
    ...(context.grantsCors && group.routes.some(({ route }) => route.cors)
      ? [block('if', [condition('$preflight')], [directive('return', '204')])]
      : []),
    ...methodNodes(group, context),
    ...networkNodes(group, context),
    ...limitRequestNodes(group, context.limits),
    directive('client_max_body_size', bodySize(group)),
    ...timeNodes(group, context.plan.hasRuntime),
    ...(group.routes.some(({ route }) => route.kind !== 'http')
      ? [directive('proxy_buffering', 'off'), directive('gzip', 'off')]
      : []),
    ...(group.routes.every(({ isProbe }) => isProbe) ? [directive('access_log', 'off')] : []),
    directive('proxy_pass', `http://${group.routes[0]?.upstream}`),
  ]);
}

/** `$route` is known before anything else, because logs, limits and CORS are decided by it. */
function routeNodes(group: PathGroup, { numbers }: LocationContext): readonly NginxNode[] {
  const [only, ...others] = group.routes;
  const value = only !== undefined && others.length === 0 ? only.route.id : `$route_${numbers.get(group)}`;
  return [directive('set', variables('$route'), variables(value))];
}

/** From 1, in the order of the paths. */
export const numberSharedGroups = ({ groups }: EdgePlan): ReadonlyMap<PathGroup, number> =>
  new Map(groups.filter(({ routes }) => routes.length > 1).map((group, index) => [group, index + 1]));

// A pattern of our own making over a closed list of methods.
function methodNodes({ methods, routes }: PathGroup, { passesPreflights }: LocationContext): readonly NginxNode[] {
  const passed =
    passesPreflights && routes.some(({ route }) => route.cors) ? sortTexts(new Set([...methods, 'OPTIONS'])) : methods;
  const [only = '', ...others] = passed;
  const isOther =
    others.length === 0
      ? condition('$request_method', '!=', only)
      : condition('$request_method', '!~', `^(?:${passed.join('|')})$`);
  return [
    directive('set', variables('$allowed_methods'), methods.join(', ')),
    block('if', [isOther], [directive('return', '405')]),
  ];
}

/** `allow` and `deny` are checked after `return`, so a location with them always proxies. */
function networkNodes(group: PathGroup, { numbers }: LocationContext): readonly NginxNode[] {
  const [first] = group.routes;
  if (first === undefined || group.routes.every(({ route }) => route.allow.length === 0)) return [];
  if (isRestrictedUnevenly(group))
    return [block('if', [condition(`$refused_${numbers.get(group)}`)], [directive('return', '403')])];
  return [
    ...sortTexts(new Set(first.route.allow)).map((network) => directive('allow', network)),
    directive('deny', 'all'),
  ];
}

const isRestrictedUnevenly = ({ routes }: PathGroup): boolean =>
  new Set(routes.map(({ route }) => route.allow.join(' '))).size > 1;

/** The largest that a route with a body accepts; nginx knows one size for a location. */
export function bodySize({ routes }: PathGroup): string {
  const withBody = routes.filter(({ route }) => route.methods.some((method) => method !== 'GET' && method !== 'HEAD'));
  return formatNginxSize(
    bytes(Math.max(...(withBody.length > 0 ? withBody : routes).map(({ route }) => route.bodyLimit))),
  );
}

/** nginx ends a request when the upstream has been silent for so long; the whole exchange is timed by the runtime. */
function timeNodes(group: PathGroup, hasRuntime: boolean): readonly NginxNode[] {
  const longest = Math.max(
    ...group.routes.map(({ route }) => Math.max(route.timeout, route.kind === 'http' ? 0 : (route.idleTimeout ?? 0))),
  );
  const time = formatNginxTime(milliseconds(longest + (hasRuntime ? MARGIN_MS : 0)));
  return [directive('proxy_read_timeout', time), directive('proxy_send_timeout', time)];
}

/** Maps that the locations rely on, for `http`. */
export function locationMaps({ numbers, grantsCors }: LocationContext): readonly NginxNode[] {
  return [
    comment(
      'Doubled slashes, dot segments, backslashes and their encoded forms; nginx would resolve them and forward them unresolved.',
    ),
    block(
      'map',
      [variables('$request_uri'), variables('$unclear_path')],
      [directive('default', ''), directive('~*^[^?]*(?://|/\\.{1,2}(?:[/?]|$)|%00|%2e|%2f|%5c|\\x5c)', '1')],
    ),
    ...(numbers.size > 0
      ? [
          gap,
          comment(
            'Paths with several routes: the method tells which; a preflight asks for the method that is to follow.',
          ),
          methodMap(grantsCors),
        ]
      : []),
    ...[...numbers].flatMap(([group, number]) => sharedGroupMaps(group, number)),
  ];
}

const methodMap = (grantsCors: boolean): NginxNode =>
  grantsCors
    ? block(
        'map',
        [variables('$asked_method'), variables('$wanted_method')],
        [directive('default', variables('$asked_method')), directive('', variables('$request_method'))],
      )
    : block(
        'map',
        [variables('$request_method'), variables('$wanted_method')],
        [directive('default', variables('$request_method'))],
      );

function sharedGroupMaps(group: PathGroup, number: number): readonly NginxNode[] {
  const byMethod = group.routes.flatMap(({ route }) =>
    methodsOfRoute(route.methods).map((method) => ({ method, id: route.id })),
  );
  const entries = byMethod.filter(
    ({ method }, index) => byMethod.findIndex((entry) => entry.method === method) === index,
  );
  return [
    block(
      'map',
      [variables('$wanted_method'), variables(`$route_${number}`)],
      [directive('default', ''), ...entries.map(({ method, id }) => directive(method, id))],
    ),
    ...(isRestrictedUnevenly(group) ? refusalNodes(group, number) : []),
  ];
}

// A route that lists HEAD itself comes first for it.
const methodsOfRoute = (methods: readonly string[]): readonly string[] =>
  methods.includes('GET') && !methods.includes('HEAD') ? [...methods, 'HEAD'] : methods;

function refusalNodes({ routes }: PathGroup, number: number): readonly NginxNode[] {
  const restricted = routes.filter(({ route }) => route.allow.length > 0);
  const outside = (index: number) => variables(`$outside_${number}_${index + 1}`);
  return [
    ...restricted.map(({ route }, index) =>
      block(
        'geo',
        [outside(index)],
        [directive('default', '1'), ...route.allow.map((network) => directive(network, '0'))],
      ),
    ),
    block(
      'map',
      [variables('$route'), variables(`$refused_${number}`)],
      [directive('default', '0'), ...restricted.map(({ route }, index) => directive(mapKey(route.id), outside(index)))],
    ),
  ];
}

/** The longest that a connection may rightly stay open. */
export const longestExchange = (plan: EdgePlan): number =>
  Math.max(30_000, ...plan.groups.flatMap(({ routes }) => routes.map(longestOf)));

const longestOf = ({ route }: EdgeRoute): number => Math.max(route.timeout, route.idleTimeout ?? 0);
