/**
 * CORS at the edge: who may call which route, and what is said of it.
 *
 * Owns the maps. The figures are those of the runtime (`derive/runtime-policy/headers.ts`). Where the runtime owns these headers, the edge sends
 * them on answers that the runtime never saw, so that a page can read every refusal.
 */
import { buildCors, routeCrossOrigin } from '../../derive/runtime-policy/headers.ts';
import { claim, from } from '../../marks.ts';
import {
  block,
  comment,
  directive,
  gap,
  mapKey,
  type NginxArgument,
  type NginxNode,
  text,
  variables,
} from '../../printers/nginx-conf.ts';
import type { Model, RouteModel } from '../../resolve/model/index.ts';
import { type EdgePlan, methodsOf } from './edge-plan.ts';

export const CORS_HEADERS = [
  'Allow-Credentials',
  'Allow-Headers',
  'Allow-Methods',
  'Allow-Origin',
  'Expose-Headers',
  'Max-Age',
].map((name) => `Access-Control-${name}`);

/** Whether any answer may be read by a page of another origin. */
export const speaksCors = (model: Model, plan: EdgePlan): boolean =>
  buildCors(model).origins.length > 0 && routesOf(plan).some(({ cors }) => cors);

/** Whether the edge itself grants it: it answers preflights, and marks every answer. */
export const grantsCors = (model: Model, plan: EdgePlan): boolean =>
  model.environment.headerOwner === 'edge' && speaksCors(model, plan);

const routesOf = ({ groups }: EdgePlan): readonly RouteModel[] =>
  groups.flatMap(({ routes }) => routes.map(({ route }) => route));

/** The headers, for each server. */
export function corsNodes(model: Model, plan: EdgePlan): readonly NginxNode[] {
  if (!speaksCors(model, plan)) return [];
  const always = (name: string, value: NginxArgument) => directive('add_header', name, value, 'always');
  const credentials = (name: string) =>
    allowsCredentials(model, plan) ? [always('Access-Control-Allow-Credentials', variables(name))] : [];
  if (!grantsCors(model, plan))
    return [
      gap,
      comment('The runtime grants browsers their origins; on what it never saw, the edge does.'),
      always('Access-Control-Allow-Origin', variables('$own_cors_origin')),
      ...credentials('$own_cors_credentials'),
      always('Access-Control-Expose-Headers', variables('$own_cors_exposed')),
      always('Vary', variables('$own_vary')),
    ];
  return [
    gap,
    comment(
      'Empty values are not sent. Vary tells caches that the answer depends on the origin, also when it was refused.',
    ),
    claim(
      'edge/cors',
      'environment',
      { origins: buildCors(model).origins.join(', ') },
      always('Access-Control-Allow-Origin', variables('$cors_origin')),
    ),
    ...credentials('$cors_credentials'),
    always('Access-Control-Allow-Methods', variables('$cors_methods')),
    always('Access-Control-Allow-Headers', variables('$cors_headers')),
    always('Access-Control-Max-Age', variables('$cors_max_age')),
    always('Access-Control-Expose-Headers', variables('$cors_exposed')),
    always('Vary', 'Origin'),
  ];
}

/** The maps behind them, for `http`. */
export function corsMaps(model: Model, plan: EdgePlan): readonly NginxNode[] {
  if (!speaksCors(model, plan)) return [];
  const cors = buildCors(model);
  const groups = plan.groups.flatMap((group) => {
    const routes = group.routes.map(({ route }) => route).filter((route) => route.cors);
    return routes.map((route) => ({ id: route.id, methods: methodsOf(routes).join(', ') }));
  });
  const when = (condition: string, name: string, value: NginxArgument) =>
    map(condition, name, [directive('default', value), directive('', '')]);
  const exposed = figure(model, plan, '$route_exposed', (figures) => figures.exposedHeaders.join(', '));
  const credentials = figure(model, plan, '$route_credentials', (figures) => (figures.credentials ? 'true' : ''));
  return [
    gap,
    map('$request_method', '$asked_method', [
      directive('default', ''),
      directive('OPTIONS', variables('$http_access_control_request_method')),
    ]),
    comment('Exact origins only; the value is ours and never an echo of the request.'),
    from(
      model.environment.origin.of('origins'),
      map('$http_origin', '$listed_origin', [
        directive('default', ''),
        ...cors.origins.map((origin) => directive(mapKey(origin), text(origin))),
      ]),
    ),
    comment('Routes that browsers may call.'),
    map('$told_route', '$cors_origin', [
      directive('default', ''),
      ...groups.map(({ id }) => directive(mapKey(id), variables('$listed_origin'))),
    ]),
    ...exposed.nodes,
    when('$cors_origin', '$cors_exposed', exposed.value),
    ...(allowsCredentials(model, plan)
      ? [...credentials.nodes, when('$cors_origin', '$cors_credentials', credentials.value)]
      : []),
    ...(grantsCors(model, plan) ? preflightMaps(model, plan, groups, when) : ownMaps(model, plan)),
  ];
}

type When = (condition: string, name: string, value: NginxArgument) => NginxNode;

function preflightMaps(
  model: Model,
  plan: EdgePlan,
  groups: readonly { readonly id: string; readonly methods: string }[],
  when: When,
): readonly NginxNode[] {
  const headers = figure(model, plan, '$route_headers', (figures) => figures.headers.join(', '));
  const maxAge = figure(model, plan, '$route_max_age', (figures) => String(figures.maxAgeSeconds));
  return [
    comment('A preflight is OPTIONS with an allowed origin and the method that is to follow.'),
    when('$cors_origin', '$preflight', variables('$asked_method')),
    map('$told_route', '$route_methods', [
      directive('default', ''),
      ...groups.map(({ id, methods }) => directive(mapKey(id), methods)),
    ]),
    when('$preflight', '$cors_methods', variables('$route_methods')),
    ...headers.nodes,
    when('$preflight', '$cors_headers', headers.value),
    ...maxAge.nodes,
    when('$preflight', '$cors_max_age', maxAge.value),
  ];
}

/** The runtime marks each of its answers with the digest of its policy. */
const ownMaps = (model: Model, plan: EdgePlan): readonly NginxNode[] =>
  [
    ['origin', variables('$cors_origin')] as const,
    ['exposed', variables('$cors_exposed')] as const,
    ...(allowsCredentials(model, plan) ? [['credentials', variables('$cors_credentials')] as const] : []),
  ]
    .map(([name, value]) =>
      map('$upstream_http_x_policy_digest', `$own_cors_${name}`, [directive('default', ''), directive('', value)]),
    )
    .concat([map('$upstream_http_x_policy_digest', '$own_vary', [directive('default', ''), directive('', 'Origin')])]);

type Figures = NonNullable<ReturnType<typeof routeCrossOrigin>>;

/** A figure that is the same for all routes, or the map that tells it by the route. */
function figure(
  model: Model,
  plan: EdgePlan,
  name: string,
  tell: (figures: Figures) => string,
): { readonly nodes: readonly NginxNode[]; readonly value: NginxArgument } {
  const common = tell(buildCors(model));
  const differing = routesOf(plan).flatMap((route) => {
    const figures = routeCrossOrigin(model, route);
    return figures === undefined || tell(figures) === common ? [] : [directive(mapKey(route.id), tell(figures))];
  });
  if (differing.length === 0) return { nodes: [], value: common };
  return { nodes: [map('$told_route', name, [directive('default', common), ...differing])], value: variables(name) };
}

const allowsCredentials = (model: Model, plan: EdgePlan): boolean =>
  buildCors(model).credentials || routesOf(plan).some((route) => routeCrossOrigin(model, route)?.credentials === true);

const map = (source: string, target: string, nodes: readonly NginxNode[]): NginxNode =>
  block('map', [variables(source), variables(target)], nodes);
