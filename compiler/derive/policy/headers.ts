/**
 * CORS and security headers, under the owner rule: the layer named by the environment sends them, the other one sends none.
 *
 * The same rules go to both layers from here, so that changing the owner changes who speaks and not what is said.
 */
import type { Cors, HeaderName, Method, SecurityHeaders } from '../../../schemas/runtime-policy.gen.ts';
import type { EnvironmentModel, Model } from '../../resolve/model/index.ts';
import { servedRoutes } from './served-routes.ts';
import { compareTexts, sortTexts } from './sort-texts.ts';

/** The one header that carries an API key, at the edge as in the runtime. */
export const API_KEY_HEADER = 'x-api-key';

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Credentials are never allowed: callers identify themselves by a header, and cookies are no part of a policy. */
export function buildCors(model: Model): Cors {
  const routes = servedRoutes(model)
    .map(({ route }) => route)
    .filter((route) => route.cors);
  const headers: HeaderName[] = ['content-type'];
  if (routes.some((route) => route.auth === 'api-key')) headers.push(API_KEY_HEADER);
  if (routes.some((route) => route.auth === 'admin-key')) headers.push('authorization');
  return {
    owner: model.environment.headerOwner,
    origins: exactOrigins(model.environment),
    methods: METHODS.filter((method) => routes.some((route) => route.methods.includes(method))),
    headers: sortTexts(headers),
    exposedHeaders: ['ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
    credentials: false,
    maxAgeSeconds: 600,
  };
}

/** `*` is no origin: it would let every site in, so it grants nothing here. */
const exactOrigins = (environment: EnvironmentModel): string[] =>
  sortTexts(new Set(environment.origins.filter((origin) => origin !== '*')));

/** Headers that belong to a message and not to an environment; the runtime refuses a policy that fixes one. */
const NOT_FIXED =
  /^(?:connection|content-length|content-type|transfer-encoding|set-cookie|vary|date|ratelimit.*|access-control-.*)$/;

export function buildSecurityHeaders(environment: EnvironmentModel): SecurityHeaders {
  const headers = Object.entries(environment.securityHeaders)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .filter(([name, value]) => value !== '' && !NOT_FIXED.test(name))
    .sort(([a], [b]) => compareTexts(a, b));
  return { owner: environment.headerOwner, headers: Object.fromEntries(headers) };
}
