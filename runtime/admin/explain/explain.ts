/**
 * What would become of a request, and which policy would say so, without a trace of it anywhere.
 *
 * Runs the policies of the gateway themselves, over parts that count nothing and charge nothing: the answer cannot differ
 * from what they do. Policies that would use something up for good (a nonce, a place in a pool, an entry of a cache) are
 * named and not tried. Which policies those are is decided here; their order is that of middleware/enforce.ts.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import type { AppParts, PolicyParts } from '../../create-app.ts';
import type { ChargeOutcome } from '../../limits/charge.ts';
import { allowClients } from '../../middleware/allow-clients.ts';
import { authenticate } from '../../middleware/authenticate.ts';
import { authorize } from '../../middleware/authorize.ts';
import { cors } from '../../middleware/cors.ts';
import type { Exchange, Policy } from '../../middleware/exchange.ts';
import { frontDoor } from '../../middleware/front-door.ts';
import { createObserver } from '../../middleware/observe.ts';
import { guardClient, rateLimit } from '../../middleware/rate-limit.ts';
import { route } from '../../middleware/route.ts';
import { createClientResolver } from '../../policies/client-address.ts';
import { createRouteTable } from '../../policies/route-table.ts';
import { acceptUpgrade } from '../../tunnels/accept-upgrade.ts';
import { withoutTrace } from './without-trace.ts';

export interface ExplainRequest {
  readonly method: string;
  /** Target in origin form: path and query. */
  readonly path: string;
  /** Default: `host: explain`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Address that the connection comes from. Default: 127.0.0.1. */
  readonly client?: string;
}

export interface Explanation {
  /** Status of the answer; undefined when the request would be forwarded. */
  readonly status: number | undefined;
  readonly route: Route | undefined;
  readonly client: { readonly address: string; readonly key: string };
  readonly principal: Exchange['principal'];
  readonly steps: readonly ExplainedStep[];
  readonly limits: readonly ExplainedLimit[];
}

export interface ExplainedStep {
  readonly name: string;
  readonly result: 'passes' | 'answers' | 'not-asked' | 'not-tried';
  /** Why it answers, as the log would say. */
  readonly reason?: string;
}

export interface ExplainedLimit {
  readonly limit: string;
  readonly identity: string;
  readonly cost: number;
  readonly isDryRun: boolean;
  /** Undefined while the store is away. */
  readonly outcome: ChargeOutcome | undefined;
}

type NamedPolicy = readonly [name: string, policy: Policy | 'not-tried' | undefined];

export async function explain(parts: AppParts, request: ExplainRequest): Promise<Explanation> {
  const silent = withoutTrace(parts);
  const exchange = open(silent, request);
  const steps: ExplainedStep[] = [];
  const status =
    (await run(entranceOf(silent), exchange, steps)) ?? (await run(chainOf(silent, exchange), exchange, steps));
  const { principal, client } = exchange;
  return {
    status,
    route: exchange.route,
    client: { address: client.client, key: client.key },
    principal,
    steps,
    limits: await limitsOf(parts, exchange),
  };
}

function entranceOf({ policy, metrics }: PolicyParts): readonly NamedPolicy[] {
  return [
    ['front door', frontDoor(metrics)],
    ['route', route(createRouteTable(policy.routes), policy.cors.owner)],
  ];
}

function chainOf(parts: PolicyParts, { route: served }: Exchange): readonly NamedPolicy[] {
  if (served === undefined) return [];
  const { policy, metrics, clock, log, keys, adminToken, signing } = parts;
  const limits = { ...parts.limits, policy, clock, log };
  const identity = { policy, keys, adminToken, signing, clock, metrics, limits };
  return [
    ['cors', cors(policy.cors, served)],
    ['upgrade', acceptUpgrade({ policy, streams: undefined }, served)],
    ['client addresses', allowClients(served)],
    ['limits of the client', guardClient(limits, served)],
    ['credential', served.auth === 'signature' ? 'not-tried' : authenticate(identity, served)],
    ['role', served.auth === 'signature' ? 'not-tried' : authorize(served)],
    ['limits', rateLimit(limits, served)],
    ['body', served.body === undefined && served.tenantField === undefined ? undefined : 'not-tried'],
    ['cache', served.cache === undefined ? undefined : 'not-tried'],
    ['concurrency', served.maxConcurrent === undefined ? undefined : 'not-tried'],
  ];
}

/** The status of the policy that answers; those behind it are not asked. */
async function run(
  policies: readonly NamedPolicy[],
  exchange: Exchange,
  steps: ExplainedStep[],
): Promise<number | undefined> {
  for (const [name, policy] of policies) {
    if (policy === undefined || policy === 'not-tried') {
      steps.push({ name, result: policy ?? 'not-asked' });
      continue;
    }
    const answer = await policy(exchange);
    if (answer === undefined) {
      steps.push({ name, result: 'passes' });
      continue;
    }
    steps.push({ name, result: 'answers', ...(exchange.outcome === undefined ? {} : { reason: exchange.outcome }) });
    return answer.status;
  }
  return undefined;
}

/** An exchange for a request that nobody sent. */
function open(parts: PolicyParts, { method, path, headers = {}, client = '127.0.0.1' }: ExplainRequest): Exchange {
  const req = new IncomingMessage(new Socket());
  req.method = method;
  req.url = path;
  req.httpVersion = '1.1';
  req.complete = true;
  for (const [name, value] of Object.entries({ host: 'explain', ...headers })) {
    req.rawHeaders.push(name, value);
    req.headers[name] = value;
  }
  const resolve = createClientResolver(parts.proxies);
  return {
    ...createObserver(parts).open(req, new ServerResponse(req)),
    client: resolve(client, req.headers['x-forwarded-for']),
  };
}

async function limitsOf({ limits, clock }: AppParts, exchange: Exchange): Promise<readonly ExplainedLimit[]> {
  if (exchange.route === undefined) return [];
  const charges = limits.limiter.charges(exchange.route, exchange);
  return Promise.all(
    charges.map(async (charge) => ({
      limit: charge.rules.id,
      identity: charge.identity,
      cost: charge.cost,
      isDryRun: charge.rules.dryRun,
      outcome: await limits.store.read(charge, clock.nowMs()),
    })),
  );
}
