/**
 * Which route a request belongs to: by its path, and on paths with several routes by its method.
 *
 * nginx refuses some requests before it enters a location: a body whose length is too large, a head that does not fit. Their errors need
 * the route too, because CORS and the log are decided by it. A location says `$route` itself; the patterns here are read only where none
 * was entered, and are made from the same groups. Patterns, because the plain keys of a map match whatever the case.
 */
import { block, comment, directive, gap, mapKey, type NginxNode, variables } from '../../printers/nginx-conf.ts';
import type { EdgePlan, PathGroup } from './edge-plan.ts';

/** The numbers in the names of variables, for groups with several routes. */
export type SharedGroups = ReadonlyMap<PathGroup, number>;

/** From 1, in the order of the paths. */
export const numberSharedGroups = ({ groups }: EdgePlan): SharedGroups =>
  new Map(groups.filter(({ routes }) => routes.length > 1).map((group, index) => [group, index + 1]));

/** The route of a group, or the variable that tells it by the method. */
export function routeValue(group: PathGroup, numbers: SharedGroups): string {
  const [only, ...others] = group.routes;
  return only !== undefined && others.length === 0 ? only.route.id : `$route_${numbers.get(group)}`;
}

/** Where a group goes, or the variable that tells it by the route: without the runtime each service is an upstream of its own. */
export function upstreamValue(group: PathGroup, numbers: SharedGroups): string {
  const [first, ...others] = new Set(group.routes.map(({ upstream }) => upstream));
  return others.length === 0 ? (first ?? '') : `$upstream_${numbers.get(group)}`;
}

/** Whether the routes of a path are open to different networks. */
export const isRestrictedUnevenly = ({ routes }: PathGroup): boolean =>
  new Set(routes.map(({ route }) => route.allow.join(' '))).size > 1;

/** Maps that the locations rely on, for `http`. */
export function locationMaps(
  plan: EdgePlan,
  { numbers, speaksCors }: { readonly numbers: SharedGroups; readonly speaksCors: boolean },
): readonly NginxNode[] {
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
          methodMap(speaksCors),
        ]
      : []),
    ...[...numbers].flatMap(([group, number]) => sharedGroupMaps(group, number)),
    gap,
    ...pathMaps(plan, numbers),
  ];
}

const methodMap = (speaksCors: boolean): NginxNode =>
  speaksCors
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
      [directive('default', leadOf(group)), ...entries.map(({ method, id }) => directive(method, id))],
    ),
    ...(new Set(group.routes.map(({ upstream }) => upstream)).size > 1 ? [upstreamMap(group, number)] : []),
    ...(isRestrictedUnevenly(group) ? refusalNodes(group, number) : []),
  ];
}

const upstreamMap = ({ routes }: PathGroup, number: number): NginxNode =>
  block(
    'map',
    [variables('$route'), variables(`$upstream_${number}`)],
    [
      directive('default', routes[0]?.upstream ?? ''),
      ...routes.map(({ route, upstream }) => directive(mapKey(route.id), upstream)),
    ],
  );

/** Whose error it is when no route lists the method: one that browsers may read, where there is one. */
const leadOf = ({ routes }: PathGroup): string => (routes.find(({ route }) => route.cors) ?? routes[0])?.route.id ?? '';

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

function pathMaps({ sites }: EdgePlan, numbers: SharedGroups): readonly NginxNode[] {
  const [first, ...others] = sites;
  // Where hosts differ in their routes, the host is part of what is looked at.
  const byHost = first !== undefined && others.length > 0;
  const nodes = sites.flatMap(({ hosts, groups }) =>
    mostSpecificFirst(groups).map((group) =>
      directive(
        `~^${byHost ? `(?:${hosts.map(quotePattern).join('|')})` : ''}${patternOf(group)}`,
        variables(routeValue(group, numbers)),
      ),
    ),
  );
  return [
    comment('The route of what is refused before its location is entered: too large a body, too large a head.'),
    block(
      'map',
      [variables(byHost ? '$server_name$uri' : '$uri'), variables('$route_by_path')],
      [directive('default', ''), ...nodes],
    ),
    block(
      'map',
      [variables('$route'), variables('$told_route')],
      [directive('default', variables('$route')), directive('', variables('$route_by_path'))],
    ),
  ];
}

/** nginx takes the first pattern that matches: exact paths, then the longest prefix. */
const mostSpecificFirst = (groups: readonly PathGroup[]): readonly PathGroup[] =>
  [...groups].sort((a, b) => rankOf(b) - rankOf(a));

const rankOf = ({ match, path }: PathGroup): number => (match === 'exact' ? Number.MAX_SAFE_INTEGER : path.length);

function patternOf({ match, path }: PathGroup): string {
  if (match === 'exact') return `${quotePattern(path)}$`;
  return path.endsWith('/') ? quotePattern(path) : `${quotePattern(path)}(?:/|$)`;
}

/** A text as a regular expression that matches just it. */
export const quotePattern = (value: string): string => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
