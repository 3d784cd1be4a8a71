/**
 * CORS and security headers, under the owner rule: the layer named by the environment sends them, the other one sends none.
 *
 * The same rules go to both layers from here, so that changing the owner changes who speaks and not what is said.
 */
import type { Cors, CrossOrigin, HeaderName, Method, SecurityHeaders } from '../../../schemas/runtime-policy.gen.ts';
import { DEFAULT_SECURITY_HEADERS } from '../../resolve/defaults.ts';
import type { CrossOriginModel, EnvironmentModel, Model, RouteModel } from '../../resolve/model/index.ts';
import { servedRoutes } from './served-routes.ts';
import { compareTexts, sortTexts } from './sort-texts.ts';

/** The one header that carries an API key, at the edge as in the runtime. */
export const API_KEY_HEADER = 'x-api-key';

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function buildCors(model: Model): Cors {
  const routes = servedRoutes(model)
    .map(({ route }) => route)
    .filter((route) => route.cors);
  return {
    owner: model.environment.headerOwner,
    origins: exactOrigins(model.environment),
    methods: METHODS.filter((method) =>
      routes.some(({ methods }) => methods.includes(method) || isHeadOf(method, methods)),
    ),
    ...figuresOf(model, model.environment.cors),
  };
}

/** HEAD is answered wherever GET is. */
const isHeadOf = (method: Method, methods: readonly string[]): boolean => method === 'HEAD' && methods.includes('GET');

/** What a page may do with one route, where that differs from the rest of the environment. */
export const routeCrossOrigin = (model: Model, { crossOrigin }: RouteModel): CrossOrigin | undefined =>
  crossOrigin && figuresOf(model, crossOrigin);

/** What every system grants, and what the spec grants beside it. */
function figuresOf(model: Model, { headers, expose, credentials, maxAge }: CrossOriginModel): CrossOrigin {
  return {
    headers: sortTexts(new Set([...ownHeaders(model), ...headers])),
    exposedHeaders: sortTexts(new Set([...OWN_EXPOSED, ...expose])),
    credentials,
    maxAgeSeconds: maxAge / 1000,
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

export function buildSecurityHeaders(model: Model): SecurityHeaders {
  const { environment } = model;
  const headers = fixedHeaders(environment.securityHeaders);
  const hasPages = servedRoutes(model).some(({ route }) => route.pages);
  const pages = hasPages ? fixedHeaders(pageDefaults(environment)) : {};
  return {
    owner: environment.headerOwner,
    headers,
    ...(Object.keys(pages).length === 0 ? {} : { pages }),
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
