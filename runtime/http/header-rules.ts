/**
 * Which header fields cross the runtime, and under which name.
 *
 * Owns the lists; proxy/ applies them. Fields named by Connection are dropped before any field is added, or
 * a client could remove what the runtime says about it (`Connection: x-consumer-tenant`).
 */

/** Fields of one connection (RFC 9110, 7.6.1), and what frames a message: they are made anew on the other side. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
]);

/** Fields by which a client could speak for the runtime, or make a server behind see another request than was decided on. */
const SPOOFABLE = new Set([
  'host',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-server',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'x-request-id',
  'traceparent',
  'tracestate',
  'baggage',
  'x-original-url',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-request-deadline-ms',
  'grpc-timeout',
  'x-retry-attempt',
  'x-seaworthy-explain',
]);
const SPOOFABLE_PREFIXES = ['x-consumer-', 'x-tenant-'];

/** Response fields that tell a stranger what runs behind. */
const REVEALING = new Set([
  'server',
  'x-powered-by',
  'x-aspnet-version',
  'x-aspnetmvc-version',
  'x-generator',
  'x-debug-token',
  'x-debug-token-link',
  'via',
  'x-runtime',
  'x-policy-digest',
  'x-seaworthy-decision',
  'x-request-id',
  'x-trace-id',
]);

/** Response fields that are orders to a server in front, which would send a file or a location of its own choice of an upstream. */
const ORDERS = new Set(['x-accel-redirect', 'x-sendfile', 'x-lighttpd-send-file']);

const NONE: ReadonlySet<string> = new Set();

/** The names that these Connection lines list, in lower case. */
export function connectionNames(connection: string | readonly string[] | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive') return NONE;
  const text = typeof connection === 'string' ? connection : connection.join(',');
  return new Set(text.split(',').map((name) => name.trim().toLowerCase()));
}

/** Whether a request field from a client is forwarded. `name` is in lower case. Names with an underscore are not: servers behind may read them as their twin with a hyphen. */
export function forwardsRequestField(name: string, listed: ReadonlySet<string>): boolean {
  return mayForward(name) && !listed.has(name);
}

// Clients invent names, so only so many verdicts are kept.
const VERDICTS = new Map<string, boolean>();
const KEPT_VERDICTS = 512;

function mayForward(name: string): boolean {
  const known = VERDICTS.get(name);
  if (known !== undefined) return known;
  const verdict =
    /^[a-z0-9-]+$/.test(name) &&
    !HOP_BY_HOP.has(name) &&
    !SPOOFABLE.has(name) &&
    !SPOOFABLE_PREFIXES.some((prefix) => name.startsWith(prefix));
  if (VERDICTS.size < KEPT_VERDICTS) VERDICTS.set(name, verdict);
  return verdict;
}

/** Whether a response field of an upstream is passed on. `name` is in lower case. */
export function passesResponseField(name: string, listed: ReadonlySet<string>): boolean {
  return !HOP_BY_HOP.has(name) && !REVEALING.has(name) && !ORDERS.has(name) && !listed.has(name);
}
