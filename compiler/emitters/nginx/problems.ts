/**
 * Errors that the edge itself answers, as problem details (RFC 9457).
 *
 * Named locations and no internal redirects: a redirect would run the server's rewrite rules again and forget which route it was. A
 * request that is refused before it has a path (400 and 414 of nginx itself) keeps nginx's plain page, because a named location
 * without a path answers 500. A body that stops coming ends the connection without an answer (408 of nginx is never sent).
 */
import { block, comment, directive, type NginxNode, variables } from '../../printers/nginx-conf.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** Returned for a path that is unclear: our own 400, which has a path, apart from nginx's. Never seen outside. */
export const UNCLEAR_PATH_STATUS = '470';

const HEAD_TOO_LARGE = '494';

/** Answered by the servers of our names; 400 only where it is our own, 421 by the server of all other names. */
const ANSWERED = Object.keys(TITLES).filter((status) => status !== '421');

/** For each server. Errors of upstreams pass as they are. */
export const problemNodes = (): readonly NginxNode[] => [
  comment(
    'Errors of the edge itself. The instance is the id in X-Request-Id and in the access log, as the runtime writes it.',
  ),
  ...ANSWERED.filter((status) => status !== '400').map((status) =>
    directive('error_page', status, `@problem_${status}`),
  ),
  comment('nginx has a code of its own for a head that is too large.'),
  directive('error_page', HEAD_TOO_LARGE, '=431', '@problem_431'),
  comment(
    `${UNCLEAR_PATH_STATUS} is our own 400; nginx's may come before there is a path, and would turn into a 500 here.`,
  ),
  directive('error_page', UNCLEAR_PATH_STATUS, '=400', '@problem_400'),
  ...ANSWERED.map(problemLocation),
];

const problemLocation = (status: string): NginxNode =>
  block(
    'location',
    [`@problem_${status}`],
    [directive('default_type', 'application/problem+json'), problemReturn(status)],
  );

/** Answers with the problem of this status. */
export const problemReturn = (status: string): NginxNode =>
  directive(
    'return',
    status,
    variables(
      `{"type":"about:blank","title":"${TITLES[Number(status)]}","status":${status},"instance":"urn:request:$request_id"}`,
    ),
  );
