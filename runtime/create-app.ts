/**
 * The onion of one request, in reading order.
 *
 * Owns nothing but the order, and why it is this one: probes need nobody's leave; what is counted and logged is counted
 * from the outside; cheap refusals come before dear ones; a browser can read every refusal after CORS.
 */
import Koa from 'koa';
import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import type { KeyDirectory } from './identity/key-directory.ts';
import type { Phase } from './lifecycle/phase.ts';
import type { Readiness } from './lifecycle/readiness.ts';
import { allowClients } from './middleware/allow-clients.ts';
import { authenticate } from './middleware/authenticate.ts';
import { cors } from './middleware/cors.ts';
import type { GatewayMiddleware, GatewayState } from './middleware/exchange.ts';
import { frontDoor } from './middleware/front-door.ts';
import { observe } from './middleware/observe.ts';
import { probes } from './middleware/probes.ts';
import { proxy } from './middleware/proxy/proxy.ts';
import type { Upstreams } from './middleware/proxy/upstreams.ts';
import { guardClient, rateLimit } from './middleware/rate-limit.ts';
import { refuseUnenforced } from './middleware/refuse-unenforced.ts';
import { route } from './middleware/route.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import type { AddressRanges } from './policies/client-address.ts';
import type { Clock } from './policies/clock.ts';
import type { LimitStore } from './policies/limit-store.ts';
import { createLimiter } from './policies/limiter.ts';
import { createRouteTable } from './policies/route-table.ts';
import { describeError, type Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** What enforcing a policy needs, in every form of the runtime. */
export interface PolicyParts {
  readonly policy: RuntimePolicy;
  readonly digest: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly phase: Phase;
  readonly proxies: AddressRanges;
  readonly store: LimitStore;
  readonly keys: KeyDirectory | undefined;
  readonly adminToken: string | undefined;
}

/** What the gateway needs beside. */
export interface AppParts extends PolicyParts {
  readonly readiness: Readiness;
  readonly upstreams: Upstreams;
}

export function createApp(parts: AppParts): Koa<GatewayState> {
  const { policy, readiness, phase, digest, log } = parts;
  const app = new Koa<GatewayState>();
  app.on('error', (error: unknown) => log.debug(describeError(error), 'connection error'));
  app.use(probes({ health: policy.health, readiness, phase, digest }));
  for (const middleware of policyMiddleware(parts)) app.use(middleware);
  app.use(proxy(parts));
  return app;
}

/** The policies alone, without probes before or a proxy behind them. */
export function policyMiddleware(parts: PolicyParts): readonly GatewayMiddleware[] {
  const { policy, metrics, clock, store, keys, adminToken } = parts;
  const limits = { limiter: createLimiter(policy), store, clock, metrics };
  return [
    observe(parts),
    securityHeaders(policy.securityHeaders),
    frontDoor(metrics),
    route(createRouteTable(policy.routes), policy.cors.owner),
    cors(policy.cors),
    refuseUnenforced(),
    allowClients(policy.routes),
    guardClient(limits),
    authenticate({ policy, keys, adminToken, metrics, limits }),
    rateLimit(limits),
  ];
}
