/**
 * Errors that the edge itself answers, as problem details (RFC 9457).
 *
 * Named locations and no internal redirects: a redirect would run the server's rewrite rules again and forget which route it was. A
 * request that is refused before it has a path (400, 408, 414 of nginx itself) keeps nginx's plain page, because a named location
 * without a path answers 500.
 */
import { block, comment, directive, type NginxNode, variables } from '../../printers/nginx-conf.ts';

const TITLES: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** Returned for a path that is unclear: our own 400, which has a path, apart from nginx's. Never seen outside. */
export const UNCLEAR_PATH_STATUS = '470';

/** For each server. Errors of upstreams pass as they are. */
export const problemNodes = (): readonly NginxNode[] => [
  comment(
    'Errors of the edge itself. The instance is the id in X-Request-Id and in the access log, as the runtime writes it.',
  ),
  ...Object.keys(TITLES).map((status) => directive('error_page', status, `@problem_${status}`)),
  comment(
    `${UNCLEAR_PATH_STATUS} is our own 400; nginx's may come before there is a path, and would turn into a 500 here.`,
  ),
  directive('error_page', UNCLEAR_PATH_STATUS, '=400', '@problem_400'),
  ...Object.entries({ 400: 'Bad Request', ...TITLES }).map(([status, title]) => problemLocation(status, title)),
];

const problemLocation = (status: string, title: string): NginxNode =>
  block(
    'location',
    [`@problem_${status}`],
    [
      directive('default_type', 'application/problem+json'),
      directive(
        'return',
        status,
        variables(`{"type":"about:blank","title":"${title}","status":${status},"instance":"urn:request:$request_id"}`),
      ),
    ],
  );
