/**
 * Headers of responses: security, CORS, and what an error of the edge itself has to say.
 *
 * Owns the one list of `add_header`. It stands at server level and nowhere else, because a single `add_header` in a location drops all of
 * them; what differs between requests comes from maps, and a header whose value is empty is not sent.
 */

import { compareTexts, sortTexts } from '../../../schemas/data/texts.ts';
import { isPageHeader } from '../../../schemas/page-headers.ts';
import { pageDefaults } from '../../derive/runtime-policy/headers.ts';
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
import type { Model } from '../../resolve/model/index.ts';
import { CORS_HEADERS, corsMaps, corsNodes } from './cors-headers.ts';
import type { EdgePlan, PathGroup } from './edge-plan.ts';

/** The list, for each server. */
export function headerNodes(model: Model, plan: EdgePlan): readonly NginxNode[] {
  const always = (name: string, value: NginxArgument) => directive('add_header', name, value, 'always');
  const security = securityHeaders(model);
  const isByPage = (name: string) => pagesOf(plan).length > 0 && isPageHeader(name);
  const written = model.environment.origin.of('securityHeaders');
  const fixed = security.map(([name, value]) =>
    from(written, always(name, isByPage(name) ? variables(`$fixed_${variableOf(name)}`) : text(value))),
  );
  // The list is one claim, made where it begins.
  const claimed = (node: NginxNode) =>
    claim('edge/security-headers', 'environment', { headers: security.map(([name]) => name).join(', ') }, node);
  return [
    comment('All headers of this server. Never write add_header into a location: it would drop every one of these.'),
    ...(model.environment.headerOwner === 'edge'
      ? fixed.map((node, index) => (index === 0 ? claimed(node) : node))
      : []),
    ...corsNodes(model, plan),
    gap,
    comment('Only on answers of the edge itself; the upstream sends its own.'),
    ...(model.environment.headerOwner === 'runtime'
      ? security.map(([name]) => from(written, always(name, variables(`$own_${variableOf(name)}`))))
      : []),
    always('Allow', variables('$own_allow')),
    always('Retry-After', variables('$own_retry_after')),
    always('X-Request-Id', variables('$own_request_id')),
  ];
}

const securityHeaders = ({ environment }: Model) =>
  Object.entries(environment.securityHeaders).sort(([a], [b]) => compareTexts(a, b));

/** What upstreams send under the names that the edge owns is dropped, so that no header arrives twice. For `http`. */
export const hiddenHeaderNodes = (model: Model, plan: EdgePlan): readonly NginxNode[] =>
  hide(hiddenHeaders(model, plan));

/** A location where the service speaks for itself; its list stands for the whole one above. */
export function hiddenInLocation(model: Model, plan: EdgePlan, { routes }: PathGroup): readonly NginxNode[] {
  const ownCors = routes.some(({ route }) => route.ownCors);
  const pages = routes.some(({ route }) => route.pages);
  const all = hiddenHeaders(model, plan);
  const names = all.filter(
    (name) => !(ownCors && CORS_HEADERS.includes(name)) && !(pages && name !== 'X-Powered-By' && isPageHeader(name)),
  );
  return names.length === all.length ? [] : hide(names);
}

function hiddenHeaders({ environment }: Model, plan: EdgePlan): readonly string[] {
  const owned = environment.headerOwner === 'edge' ? Object.keys(environment.securityHeaders) : [];
  const cors = environment.headerOwner === 'edge' && plan.groups.length > 0 ? CORS_HEADERS : [];
  return sortTexts(new Set(['X-Powered-By', ...owned, ...cors]));
}

const hide = (names: readonly string[]): readonly NginxNode[] =>
  names.map((name) => directive('proxy_hide_header', name));

/** The maps behind the list, for `http`. */
export function headerMaps(model: Model, plan: EdgePlan): readonly NginxNode[] {
  return [
    ...ownAnswerMaps(),
    ...(model.environment.headerOwner === 'edge' ? pageMaps(model, plan) : ownSecurityMaps(model)),
    ...corsMaps(model, plan),
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
const ownSecurityMaps = (model: Model): readonly NginxNode[] =>
  securityHeaders(model).map(([name, value]) =>
    map(`$upstream_http_${variableOf(name)}`, `$own_${variableOf(name)}`, [
      directive('default', ''),
      directive('', text(value)),
    ]),
  );

/** What a page says of itself passes; what it does not say is the environment's, or the default of pages. */
function pageMaps(model: Model, plan: EdgePlan): readonly NginxNode[] {
  const pages = pagesOf(plan);
  const defaults = pageDefaults(model.environment);
  if (pages.length === 0) return [];
  return [
    gap,
    comment('Routes that serve pages: what the service says of its page passes.'),
    map('$told_route', '$page', [directive('default', ''), ...pages.map((id) => directive(mapKey(id), '1'))]),
    ...securityHeaders(model)
      .filter(([name]) => isPageHeader(name))
      .map(([name, value]) =>
        map(`$page:$upstream_http_${variableOf(name)}`, `$fixed_${variableOf(name)}`, [
          directive('default', text(value)),
          directive('1:', text(defaults[name] ?? value)),
          directive('~^1:', ''),
        ]),
      ),
  ];
}

/** All routes of a path with a page: a location hides the same headers for all of its methods. */
const pagesOf = ({ groups }: EdgePlan): readonly string[] =>
  groups
    .filter(({ routes }) => routes.some(({ route }) => route.pages))
    .flatMap(({ routes }) => routes.map(({ route }) => route.id));

const variableOf = (header: string): string => header.toLowerCase().replaceAll('-', '_');

const map = (source: string, target: string, nodes: readonly NginxNode[]): NginxNode =>
  block('map', [variables(source), variables(target)], nodes);
