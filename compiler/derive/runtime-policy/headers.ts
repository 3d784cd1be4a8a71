/**
 * CORS and security headers, under the owner rule: the layer named by the environment sends them, the other one sends none.
 *
 * The same rules go to both layers from here, so that changing the owner changes who speaks and not what is said.
 */

import { compareTexts, sortTexts } from '../../../schemas/data/texts.ts';
import type { Cors, CrossOrigin, HeaderName, Method, SecurityHeaders } from '../../../schemas/runtime-policy.gen.ts';
import { claim, field, from, type Marked, unmark } from '../../marks.ts';
import { DEFAULT_SECURITY_HEADERS } from '../../resolve/defaults.ts';
import type { CrossOriginModel, EnvironmentModel, Model, RouteModel } from '../../resolve/model/index.ts';
import { servedRoutes } from './served-routes.ts';

/** The one header that carries an API key, at the edge as in the runtime. */
export const API_KEY_HEADER = 'x-api-key';

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The rules as data, for the edge. */
export const buildCors = (model: Model): Cors => unmark<Cors>(draftCors(model));

export function draftCors(model: Model): Marked<Cors> {
  const { environment } = model;
  const routes = servedRoutes(model)
    .map(({ route }) => route)
    .filter((route) => route.cors);
  const origins = exactOrigins(environment);
  const cors: Marked<Cors> = {
    owner: field(environment, 'headerOwner'),
    origins: from(environment.origin.of('origins'), origins),
    methods: METHODS.flatMap((method) => {
      const route = routes.find(({ methods }) => methods.includes(method) || isHeadOf(method, methods));
      return route === undefined ? [] : [from(route.origin.of('methods'), method)];
    }),
    ...figuresOf(model, environment.cors),
  };
  const grants = environment.headerOwner === 'runtime' && origins.length > 0 && routes.length > 0;
  return grants ? claim('edge/cors', 'environment', { origins: origins.join(', ') }, cors) : cors;
}

/** HEAD is answered wherever GET is. */
const isHeadOf = (method: Method, methods: readonly string[]): boolean => method === 'HEAD' && methods.includes('GET');

/** What a page may do with one route, where that differs from the rest of the environment. */
export const routeCrossOrigin = (model: Model, route: RouteModel): CrossOrigin | undefined =>
  unmark<CrossOrigin | undefined>(draftCrossOrigin(model, route));

export const draftCrossOrigin = (model: Model, { crossOrigin }: RouteModel): CrossOriginDraft | undefined =>
  crossOrigin && figuresOf(model, crossOrigin);

type CrossOriginDraft = { readonly [K in keyof CrossOrigin]: Marked<CrossOrigin[K]> };

/** What every system grants, and what the spec grants beside it. */
function figuresOf(model: Model, granted: CrossOriginModel): CrossOriginDraft {
  const { headers, expose, maxAge, origin } = granted;
  return {
    headers: from(origin.of('headers'), sortTexts(new Set([...ownHeaders(model), ...headers]))),
    exposedHeaders: from(origin.of('expose'), sortTexts(new Set([...OWN_EXPOSED, ...expose]))),
    credentials: field(granted, 'credentials'),
    maxAgeSeconds: from(origin.of('maxAge'), maxAge / 1000),
  };
}

const OWN_EXPOSED: readonly HeaderName[] = ['ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'];

/** A body, and how callers of this system show who they are. */
function ownHeaders(model: Model): readonly HeaderName[] {
  const auths = new Set(
    servedRoutes(model)
      .filter(({ route }) => route.cors)
      .map(({ route }) => route.auth),
  );
  return [
    'content-type',
    ...(auths.has('api-key') ? [API_KEY_HEADER] : []),
    ...(auths.has('admin-key') ? ['authorization'] : []),
  ];
}

/** `*` is no origin: it would let every site in, so it grants nothing here. */
const exactOrigins = (environment: EnvironmentModel): string[] =>
  sortTexts(new Set(environment.origins.filter((origin) => origin !== '*')));

/** Headers that belong to a message and not to an environment; the runtime refuses a policy that fixes one. */
const NOT_FIXED =
  /^(?:connection|content-length|content-type|transfer-encoding|set-cookie|vary|date|ratelimit.*|access-control-.*)$/;

export function draftSecurityHeaders(model: Model): Marked<SecurityHeaders> {
  const { environment } = model;
  const written = environment.origin.of('securityHeaders');
  const headers = fixedHeaders(environment.securityHeaders);
  const names = Object.keys(headers);
  const hasPages = servedRoutes(model).some(({ route }) => route.pages);
  const pages = hasPages ? fixedHeaders(pageDefaults(environment)) : {};
  return {
    owner: field(environment, 'headerOwner'),
    headers: from(
      written,
      environment.headerOwner === 'runtime' && names.length > 0
        ? claim('edge/security-headers', 'environment', { headers: names.join(', ') }, headers)
        : headers,
    ),
    pages: Object.keys(pages).length === 0 ? undefined : from(written, pages),
  };
}

const fixedHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
      .filter(([name, value]) => value !== '' && !NOT_FIXED.test(name))
      .sort(([a], [b]) => compareTexts(a, b)),
  );

/** The content policy of an answer that is no page lets nothing load; a page may load what its own origin serves. */
const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/** What pages get where the service sends no header of that name; what the environment itself writes holds for them too. */
export function pageDefaults({ securityHeaders }: EnvironmentModel): Readonly<Record<string, string>> {
  const name = 'Content-Security-Policy';
  return securityHeaders[name] === DEFAULT_SECURITY_HEADERS[name] ? { [name]: PAGE_POLICY } : {};
}
