/**
 * Headers of responses: security, CORS, and what an error of the edge itself has to say.
 *
 * Owns the one list of `add_header`. It stands at server level and nowhere else, because a single `add_header` in a location drops all of
 * them; what differs between requests comes from maps, and a header whose value is empty is not sent.
 */
import { buildCors } from '../../derive/policy/headers.ts';
import { compareTexts, sortTexts } from '../../derive/policy/sort-texts.ts';
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
import type { Model } from '../../resolve/model/index.ts';
import { type EdgePlan, methodsOf } from './edge-plan.ts';

const CORS_HEADERS = [
  'Allow-Credentials',
  'Allow-Headers',
  'Allow-Methods',
  'Allow-Origin',
  'Expose-Headers',
  'Max-Age',
].map((name) => `Access-Control-${name}`);

/** Whether the edge grants anything to browsers. */
export const grantsCors = (model: Model, plan: EdgePlan): boolean =>
  model.environment.headerOwner === 'edge' &&
  buildCors(model).origins.length > 0 &&
  plan.groups.some((group) => group.routes.some(({ route }) => route.cors));

/** The list, for each server. */
export function headerNodes(model: Model, plan: EdgePlan): readonly NginxNode[] {
  const always = (name: string, value: NginxArgument) => directive('add_header', name, value, 'always');
  const security = Object.entries(model.environment.securityHeaders).sort(([a], [b]) => compareTexts(a, b));
  return [
    comment('All headers of this server. Never write add_header into a location: it would drop every one of these.'),
    ...(model.environment.headerOwner === 'edge' ? security.map(([name, value]) => always(name, text(value))) : []),
    ...(grantsCors(model, plan)
      ? [
          gap,
          comment(
            'Empty values are not sent. Vary tells caches that the answer depends on the origin, also when it was refused.',
          ),
          always('Access-Control-Allow-Origin', variables('$cors_origin')),
          always('Access-Control-Allow-Methods', variables('$cors_methods')),
          always('Access-Control-Allow-Headers', variables('$cors_headers')),
          always('Access-Control-Max-Age', variables('$cors_max_age')),
          always('Access-Control-Expose-Headers', variables('$cors_exposed')),
          always('Vary', 'Origin'),
        ]
      : []),
    gap,
    comment('Only on answers of the edge itself; the upstream sends its own.'),
    ...(model.environment.headerOwner === 'runtime'
      ? security.map(([name]) => always(name, variables(`$own_${variableOf(name)}`)))
      : []),
    always('Allow', variables('$own_allow')),
    always('Retry-After', variables('$own_retry_after')),
    always('X-Request-Id', variables('$own_request_id')),
  ];
}

/** What upstreams send under the names that the edge owns is dropped, so that no header arrives twice. For `http`. */
export function hiddenHeaderNodes(model: Model, plan: EdgePlan): readonly NginxNode[] {
  const owned = model.environment.headerOwner === 'edge' ? Object.keys(model.environment.securityHeaders) : [];
  const cors = model.environment.headerOwner === 'edge' && plan.groups.length > 0 ? CORS_HEADERS : [];
  const names = sortTexts(new Set(['X-Powered-By', ...owned, ...cors]));
  return names.map((name) => directive('proxy_hide_header', name));
}

/** The maps behind the list, for `http`. */
export function headerMaps(model: Model, plan: EdgePlan): readonly NginxNode[] {
  return [
    ...ownAnswerMaps(),
    ...ownSecurityMaps(model),
    ...(grantsCors(model, plan) ? [gap, ...corsMaps(model, plan)] : []),
  ];
}

function ownAnswerMaps(): readonly NginxNode[] {
  return [
    comment('$upstream_status is empty while no upstream has answered: then the answer is our own.'),
    map('$upstream_status:$status', '$own_allow', [
      directive('default', ''),
      directive(':405', variables('$allowed_methods')),
    ]),
    map('$limit_req_status', '$own_retry_after', [
      directive('default', ''),
      directive('REJECTED', variables('$limit_wait')),
    ]),
    map('$upstream_http_x_request_id', '$own_request_id', [
      directive('default', ''),
      directive('', variables('$request_id')),
    ]),
  ];
}

/** Where the runtime owns the security headers, an answer that it never saw still has them, once. */
function ownSecurityMaps({ environment }: Model): readonly NginxNode[] {
  if (environment.headerOwner === 'edge') return [];
  const security = Object.entries(environment.securityHeaders).sort(([a], [b]) => compareTexts(a, b));
  return security.map(([name, value]) =>
    map(`$upstream_http_${variableOf(name)}`, `$own_${variableOf(name)}`, [
      directive('default', ''),
      directive('', text(value)),
    ]),
  );
}

const variableOf = (header: string): string => header.toLowerCase().replaceAll('-', '_');

function corsMaps(model: Model, plan: EdgePlan): readonly NginxNode[] {
  const cors = buildCors(model);
  const groups = plan.groups.flatMap((group) => {
    const routes = group.routes.map(({ route }) => route).filter((route) => route.cors);
    return routes.map((route) => ({ id: route.id, methods: methodsOf(routes).join(', ') }));
  });
  const whenPreflight = (name: string, value: NginxArgument) =>
    map('$preflight', name, [directive('default', value), directive('', '')]);
  return [
    map('$request_method', '$asked_method', [
      directive('default', ''),
      directive('OPTIONS', variables('$http_access_control_request_method')),
    ]),
    comment('Exact origins only; the value is ours and never an echo of the request.'),
    map('$http_origin', '$listed_origin', [
      directive('default', ''),
      ...cors.origins.map((origin) => directive(mapKey(origin), text(origin))),
    ]),
    comment('Routes that browsers may call.'),
    map('$told_route', '$cors_origin', [
      directive('default', ''),
      ...groups.map(({ id }) => directive(mapKey(id), variables('$listed_origin'))),
    ]),
    comment('A preflight is OPTIONS with an allowed origin and the method that is to follow.'),
    map('$cors_origin', '$preflight', [directive('default', variables('$asked_method')), directive('', '')]),
    map('$told_route', '$route_methods', [
      directive('default', ''),
      ...groups.map(({ id, methods }) => directive(mapKey(id), methods)),
    ]),
    whenPreflight('$cors_methods', variables('$route_methods')),
    whenPreflight('$cors_headers', cors.headers.join(', ')),
    whenPreflight('$cors_max_age', String(cors.maxAgeSeconds)),
    map('$cors_origin', '$cors_exposed', [directive('default', cors.exposedHeaders.join(', ')), directive('', '')]),
  ];
}

const map = (source: string, target: string, nodes: readonly NginxNode[]): NginxNode =>
  block('map', [variables(source), variables(target)], nodes);
