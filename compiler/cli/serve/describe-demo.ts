/**
 * What a person reads of a trial: what is not the real thing, and requests that show the policy at work.
 */
import type { Limit, Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';

type Trial = ReturnType<typeof import('../../../runtime/index.ts')['prepareTrial']>;

/** Before the start, which may take a while. */
export function describeChanges({ policy, honoured, changes }: Trial): string {
  return [
    `${policy.system} in ${policy.environment}, tried on this machine. What is not the real thing:\n`,
    ...changes.map((change) => `  ${change}\n`),
    ...(honoured.length === 0 ? [] : [`Taken from the environment: ${honoured.join(', ')}\n`]),
    'starting\n',
  ].join('');
}

export interface TrialAddresses {
  readonly url: string;
  readonly adminUrl: string;
  /** Undefined where the policy opens no way out. */
  readonly egressUrl: string | undefined;
  /** The demo key; undefined when no route needs one. */
  readonly key: string | undefined;
}

/** What a person reads and copies. */
export function describeDemo(
  policy: RuntimePolicy,
  { url, adminUrl, egressUrl, key }: TrialAddresses,
  { madeUp }: Pick<Trial, 'madeUp'>,
): string {
  const probes = [policy.health.live, policy.health.ready];
  const open = policy.routes.filter((route) => isOpen(route, key) && !probes.includes(route.path));
  const plain = [...open].sort((a, b) => rank(a) - rank(b))[0];
  const limited = tightest(policy, open);
  const crossed = policy.cors.origins.length === 0 ? undefined : open.find((route) => route.cors);
  const provider = egressUrl === undefined ? undefined : Object.keys(policy.providers)[0];
  const requests = [
    plain && ['a request that passes: 200', `curl -i ${call(plain, policy, url, key)}`],
    limited && [
      `too many at once, ${formatLimit(limited.limit)}: ${limited.limit.status}`,
      flood(limited, policy, url, key),
    ],
    crossed && ['the preflight of a browser: 204', preflight(crossed, policy, url)],
    ['readiness: 200', `curl -i ${url}${policy.health.ready}`],
    ['metrics, on the port for operators', `curl -s ${adminUrl}/metrics`],
    ['the state of everything, for people: open it in a browser', `${adminUrl}/status`],
    provider && ['a call to a provider, through its pool', `curl -i ${egressUrl}/${provider}/`],
  ].filter((request) => request !== undefined);
  const lines = requests.map(([title, command], index) => `${index + 1}. ${title}\n   ${command}\n`);
  return [
    `\n${policy.system} in ${policy.environment}, served on ${url}; every service is an echo.\n`,
    ...(key === undefined ? [] : [`Demo API key, shown this once and forgotten at the end: ${key}\n`]),
    ...madeUp.map(({ name, value, purpose }) => `Made up for this run, ${purpose}: ${name}=${value}\n`),
    '\n',
    ...lines,
    '\nCtrl-C stops it.\n',
  ].join('');
}

/** Whether somebody on loopback with the demo key may call it and get a plain answer. */
const isOpen = ({ auth, kind, allow, methods }: Route, key: string | undefined): boolean =>
  kind === 'http' &&
  allow === undefined &&
  methods.some((method) => method !== 'OPTIONS') &&
  (auth === 'none' || (auth === 'api-key' && key !== undefined));

/** Routes with a key and a limit show the most; an exact GET is the easiest to read. */
const rank = ({ auth, limits, match, methods }: Route): number =>
  (auth === 'api-key' ? 0 : 8) +
  (limits.length > 0 ? 0 : 4) +
  (match === 'exact' ? 0 : 2) +
  (methods.includes('GET') ? 0 : 1);

interface Limited {
  readonly route: Route;
  readonly limit: Limit;
}

/** The route whose limit is reached first. */
function tightest({ limits }: RuntimePolicy, routes: readonly Route[]): Limited | undefined {
  const all = routes.flatMap((route) =>
    route.limits.flatMap((id) => (limits[id] === undefined ? [] : [{ route, limit: limits[id] }])),
  );
  return all.sort((a, b) => ease(a.limit) - ease(b.limit))[0];
}

const ease = ({ capacity, requests, periodMs }: Limit): number => capacity + (requests / periodMs) * 1000;

const formatLimit = ({ requests, periodMs, capacity, per }: Limit): string =>
  `${requests} in ${periodMs / 1000} s per ${per}, ${capacity} at once`;

function call(route: Route, policy: RuntimePolicy, url: string, key: string | undefined, query = ''): string {
  const method = methodOf(route);
  const { header } = policy.auth.apiKeys;
  const credential = header === 'authorization' ? `authorization: Bearer ${key}` : `${header}: ${key}`;
  return [
    ...hostField(route),
    ...(route.auth === 'api-key' ? [`-H '${credential}'`] : []),
    ...(method === 'GET' ? [] : [`-X ${method} -H 'content-type: application/json' -d '{}'`]),
    `'${url}${route.path}${query}'`,
  ].join(' ');
}

/** A route of one host answers on no other. */
const hostField = ({ hosts }: Route): readonly string[] => (hosts?.[0] === undefined ? [] : [`-H 'host: ${hosts[0]}'`]);

const methodOf = ({ methods }: Route): string =>
  methods.includes('GET') ? 'GET' : (methods.find((method) => method !== 'OPTIONS') ?? 'GET');

/** Twice what may come at once, in parallel, and how often each status came back. */
function flood({ route, limit }: Limited, policy: RuntimePolicy, url: string, key: string | undefined): string {
  const count = Math.ceil(ease(limit) * 2) + 10;
  const request = call(route, policy, url, key, `?n=[1-${count}]`);
  return `curl -s -Z -o /dev/null -w '%{http_code}\\n' ${request} 2>/dev/null | sort | uniq -c`;
}

function preflight(route: Route, { cors }: RuntimePolicy, url: string): string {
  const method = cors.methods.find((candidate) => route.methods.includes(candidate)) ?? 'GET';
  const fields = [
    ...hostField(route),
    `-H 'origin: ${cors.origins[0]}'`,
    `-H 'access-control-request-method: ${method}'`,
  ];
  return `curl -i -X OPTIONS ${fields.join(' ')} '${url}${route.path}'`;
}
