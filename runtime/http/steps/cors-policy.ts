/**
 * Cross-origin decisions by exact allowlist.
 *
 * Owns what a preflight and a response are granted; http/steps/cors.ts turns it into headers. An origin is compared
 * letter by letter: no suffix, no wildcard, no `null`.
 */
import type { Cors, Route } from '../../../schemas/runtime-policy.gen.ts';

export type Headers = Readonly<Record<string, string>>;

export type PreflightAnswer =
  | { readonly kind: 'granted'; readonly headers: Headers }
  | { readonly kind: 'refused'; readonly detail: string };

export interface CorsPolicy {
  /** Headers of an actual response; none for an origin that is not allowed. */
  responseHeaders(origin: string | undefined): Headers;
  /** Answers a preflight for one route. */
  preflight(request: PreflightRequest): PreflightAnswer;
}

export interface PreflightRequest {
  readonly origin: string;
  readonly method: string;
  /** Value of Access-Control-Request-Headers, if sent. */
  readonly headers: string | undefined;
  readonly route: Route;
}

const NONE: Headers = {};

export function createCorsPolicy(cors: Cors): CorsPolicy {
  const allowedHeaders = new Set(cors.headers);
  const credentials: Headers = cors.credentials ? { 'access-control-allow-credentials': 'true' } : {};
  const exposed: Headers =
    cors.exposedHeaders.length > 0 ? { 'access-control-expose-headers': cors.exposedHeaders.join(', ') } : {};
  // One for each origin, not for each response.
  const granted = new Map(
    cors.origins.map(
      (origin) => [origin, { 'access-control-allow-origin': origin, ...credentials, ...exposed }] as const,
    ),
  );

  return {
    responseHeaders: (origin) => (origin === undefined ? undefined : granted.get(origin)) ?? NONE,
    preflight({ origin, method, headers, route }) {
      if (!granted.has(origin)) return refuse('This origin may not call this service.');
      const methods = cors.methods.filter((name) => isServed(name, route));
      if (!methods.some((name) => name === method)) return refuse('This method may not be used across origins.');
      const wanted = (headers ?? '').split(',').map((name) => name.trim().toLowerCase());
      if (wanted.some((name) => name !== '' && !allowedHeaders.has(name))) {
        return refuse('A header of this request may not be sent across origins.');
      }
      return {
        kind: 'granted',
        headers: {
          'access-control-allow-origin': origin,
          ...credentials,
          'access-control-allow-methods': methods.join(', '),
          ...(cors.headers.length > 0 ? { 'access-control-allow-headers': cors.headers.join(', ') } : {}),
          'access-control-max-age': String(cors.maxAgeSeconds),
        },
      };
    },
  };
}

function isServed(method: string, route: Route): boolean {
  return route.methods.some((name) => name === method || (name === 'GET' && method === 'HEAD'));
}

function refuse(detail: string): PreflightAnswer {
  return { kind: 'refused', detail };
}
