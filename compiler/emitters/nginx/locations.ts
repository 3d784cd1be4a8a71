/**
 * The locations: what is served, to whom, how long, and nothing else.
 *
 * Owns the order of decisions in a location: which route it is, the preflight, the method, the networks, then the upstream. Nothing here
 * may use `add_header` or `proxy_set_header`: either would drop everything that the levels above have set.
 */

import { sortTexts } from '../../../schemas/data/texts.ts';
import { bytes, formatNginxSize, formatNginxTime } from '../../../schemas/units/index.ts';
import { type Claim, claimAll, fromAll } from '../../marks.ts';
import { block, comment, condition, directive, gap, type NginxNode, variables } from '../../printers/nginx-conf.ts';
import type { RouteModel } from '../../resolve/model/index.ts';
import { uploadNodes } from './buffers.ts';
import type { EdgePlan, PathGroup, PlannedLocation, Site } from './edge-plan.ts';
import { hasBody, timeNodes } from './exchange-times.ts';
import { UNCLEAR_PATH_STATUS } from './problems.ts';
import { type EdgeLimit, limitRequestNodes } from './rate-limits.ts';
import { isRestrictedUnevenly, quotePattern, routeValue, type SharedGroups, upstreamValue } from './route-maps.ts';

/** What the locations need to know beside their routes. */
export interface LocationContext {
  readonly plan: EdgePlan;
  readonly limits: ReadonlyMap<string, EdgeLimit>;
  readonly grantsCors: boolean;
  /** What is not passed on where a service speaks for itself. */
  readonly hidden: (group: PathGroup) => readonly NginxNode[];
  /** Whether the runtime answers preflights, so that they have to reach it. */
  readonly passesPreflights: boolean;
  /** The numbers in the names of variables, for paths with several routes. */
  readonly numbers: SharedGroups;
}

export function locationNodes(site: Site, context: LocationContext): readonly NginxNode[] {
  return [
    comment('Maps, logs and headers ask for these; a location says what they are.'),
    ...['$route', '$allowed_methods', '$limit_wait'].map((name) => directive('set', variables(name), '')),
    gap,
    comment('A path that the edge and the upstream could read differently is refused before it is matched.'),
    block('if', [condition('$unclear_path')], [directive('return', UNCLEAR_PATH_STATUS)]),
    ...site.locations.flatMap((location) => [gap, locationBlock(location, context)]),
  ];
}

/** How a location is named in the file. */
const locationName = ({ kind, path }: PlannedLocation): readonly string[] => (kind === 'exact' ? ['=', path] : [path]);

function locationBlock(location: PlannedLocation, context: LocationContext): NginxNode {
  const { group } = location;
  if (group === undefined) return block('location', locationName(location), [directive('return', '404')]);
  const origins = group.routes.map(({ route }) => route.origin.of('path'));
  return fromAll(
    origins,
    block('location', locationName(location), [
      ...closedNodes(group),
      ...routeNodes(group, context),
      ...(context.grantsCors && group.routes.some(({ route }) => route.cors)
        ? [block('if', [condition('$preflight')], [directive('return', '204')])]
        : []),
      ...methodNodes(group, context),
      ...networkNodes(group, context),
      ...limitRequestNodes(group, context.limits),
      bodyNode(group),
      ...timeNodes(group, context.plan.hasRuntime),
      ...uploadNodes(group),
      ...(group.routes.some(({ route }) => route.kind !== 'http')
        ? [claimAll(streamClaims(group), directive('proxy_buffering', 'off')), directive('gzip', 'off')]
        : []),
      ...context.hidden(group),
      ...(group.routes.every(({ isProbe }) => isProbe) ? [directive('access_log', 'off')] : []),
      directive('proxy_pass', variables(`http://${upstreamValue(group, context.numbers)}`)),
    ]),
  );
}

/** Letters without their case, and a segment cut at its `;`, as some servers behind read them. */
const closedNodes = ({ closed }: PathGroup): readonly NginxNode[] =>
  closed.length === 0
    ? []
    : [
        block(
          'if',
          [
            condition(
              '$uri',
              '~*',
              `^(?:${closed.map((path) => quotePattern(path.replace(/\/$/, ''))).join('|')})(?:[/;]|$)`,
            ),
          ],
          [directive('return', '404')],
        ),
      ];

/** `$route` is known before anything else, because logs, limits and CORS are decided by it. */
const routeNodes = (group: PathGroup, { numbers }: LocationContext): readonly NginxNode[] => [
  directive('set', variables('$route'), variables(routeValue(group, numbers))),
];

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
    fromAll(
      routes.map(({ route }) => route.origin.of('methods')),
      directive('set', variables('$allowed_methods'), methods.join(', ')),
    ),
    block('if', [isOther], [directive('return', '405')]),
  ];
}

/** `allow` and `deny` are checked after `return`, so a location with them always proxies. */
function networkNodes(group: PathGroup, { numbers }: LocationContext): readonly NginxNode[] {
  const [first] = group.routes;
  if (first === undefined || group.routes.every(({ route }) => route.allow.length === 0)) return [];
  const restricted = group.routes.filter(({ route }) => route.allow.length > 0);
  const marked = (node: NginxNode): NginxNode =>
    claimAll(
      restricted.map(({ route }) => claimOf(route, 'edge/restricted-path', { allow: route.allow.join(', ') })),
      fromAll(
        restricted.map(({ route }) => route.origin.of('allow')),
        node,
      ),
    );
  if (isRestrictedUnevenly(group))
    return [marked(block('if', [condition(`$refused_${numbers.get(group)}`)], [directive('return', '403')]))];
  return [
    ...sortTexts(new Set(first.route.allow)).map((network) => marked(directive('allow', network))),
    directive('deny', 'all'),
  ];
}

const claimOf = ({ id }: RouteModel, control: string, parameters: Claim['parameters']): Claim => ({
  control,
  subject: `route/${id}`,
  parameters,
});

function bodyNode(group: PathGroup): NginxNode {
  const size = bodySize(group);
  return claimAll(
    group.routes.map(({ route }) => claimOf(route, 'edge/body-limit', { size })),
    fromAll(
      group.routes.map(({ route }) => route.origin.of('bodyLimit')),
      directive('client_max_body_size', size),
    ),
  );
}

const streamClaims = ({ routes }: PathGroup): readonly Claim[] =>
  routes
    .filter(({ route }) => route.kind !== 'http')
    .map(({ route }) =>
      claimOf(route, 'edge/streaming', {
        kind: route.kind,
        buffering: false,
        idleTimeout: formatNginxTime(route.idleTimeout ?? route.timeout),
      }),
    );

/** The largest that a route with a body accepts; nginx knows one size for a location. */
function bodySize({ routes }: PathGroup): string {
  const withBody = routes.filter(hasBody);
  return formatNginxSize(
    bytes(Math.max(...(withBody.length > 0 ? withBody : routes).map(({ route }) => route.bodyLimit))),
  );
}
