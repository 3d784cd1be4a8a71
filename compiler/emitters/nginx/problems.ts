/**
 * Errors that the edge itself answers, as problem details (RFC 9457).
 *
 * Named locations and no internal redirects: a redirect would run the server's rewrite rules again and forget which route it was.
 */
import { block, comment, directive, type NginxNode, variables } from '../../printers/nginx-conf.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** For each server. Errors of upstreams pass as they are. */
export const problemNodes = (): readonly NginxNode[] => [
  comment('Errors of the edge itself. The instance is the id in X-Request-Id and in the access log.'),
  ...Object.keys(TITLES).map((status) => directive('error_page', status, `@problem_${status}`)),
  ...Object.entries(TITLES).map(([status, title]) =>
    block(
      'location',
      [`@problem_${status}`],
      [
        directive('default_type', 'application/problem+json'),
        directive(
          'return',
          status,
          variables(`{"type":"about:blank","title":"${title}","status":${status},"instance":"$request_id"}`),
        ),
      ],
    ),
  ),
];
