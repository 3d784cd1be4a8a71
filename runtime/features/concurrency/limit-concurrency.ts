/**
 * Bounds how many requests are in flight, and refuses at once what is too many.
 *
 * Owns where requests are counted: on every route that has a bound, and where any route has a priority on all that share its
 * upstream. A place is taken when the caller is known and given back when the exchange is over: for a stream when it ends.
 */
import type { Priority, ShedReason } from '../../../schemas/metrics.ts';
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { identityOf } from '../../http/caller-identity.ts';
import { type Answer, type Exchange, type Handler, setField } from '../../http/exchange.ts';
import { answerProblem } from '../../http/problem.ts';
import { isTunnel } from '../../proxy/websocket/takes-tunnels.ts';
import type { Concurrency } from './concurrency.ts';
import { overloadOf } from './overload.ts';

const DETAILS: Readonly<Record<ShedReason, string>> = {
  'route-full': 'This resource serves as many requests as it may at once.',
  'tenant-share': 'Your tenant has as many requests in flight here as it may.',
  'upstream-busy': 'The service behind is busy, and serves more important requests first.',
  'event-loop': 'This server is busy, and serves more important requests first.',
};

/** Undefined where nothing bounds the route. */
export function limitConcurrency(concurrency: Concurrency, policy: RuntimePolicy, route: Route): Handler | undefined {
  const hasPriorities = policy.routes.some(
    (other) => other.priority !== undefined && other.upstream === route.upstream,
  );
  if (route.maxConcurrent === undefined && !hasPriorities) return undefined;
  const { inFlight, loopDelayMs, shed } = concurrency;
  const { maxConcurrent = Number.POSITIVE_INFINITY, tenantShare, priority = 'normal' } = route;
  const most = tenantShare === undefined ? undefined : Math.max(1, Math.floor(maxConcurrent * tenantShare));
  const own = inFlight.route(route.id);
  const upstream = inFlight.upstream(route.upstream);
  const capacity = capacityOf(policy, route);

  function reasonAgainst(holder: string | undefined, usesPool: boolean): ShedReason | undefined {
    if (own.count >= maxConcurrent) return 'route-full';
    if (most !== undefined && holder !== undefined && own.of(holder) >= most) return 'tenant-share';
    if (!hasPriorities) return undefined;
    const inFlight = usesPool ? upstream.count : 0;
    return overloadOf(priority, { inFlight, capacity, loopDelayMs: loopDelayMs() });
  }

  return function limitConcurrency(exchange) {
    const holder = most === undefined ? undefined : identityOf('tenant', route, exchange);
    // Tunnels have connections of their own.
    const usesPool = !isTunnel(exchange, route);
    const reason = reasonAgainst(holder, usesPool);
    if (reason !== undefined) {
      shed(priority, reason);
      return refuse(exchange, priority, reason);
    }
    own.enter(holder);
    if (usesPool) upstream.enter(undefined);
    exchange.cleanups.push(() => {
      own.leave(holder);
      if (usesPool) upstream.leave(undefined);
    });
    return undefined;
  };
}

function capacityOf({ upstreams }: RuntimePolicy, { upstream }: Route): number {
  const { targets = [], maxConnections = 0 } = upstreams[upstream] ?? {};
  return Math.max(1, targets.length * maxConnections);
}

function refuse(exchange: Exchange, priority: Priority, reason: ShedReason): Answer {
  exchange.outcome = `shed:${priority}:${reason}`;
  setField(exchange, 'retry-after', '1');
  return answerProblem(exchange, {
    status: 503,
    type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
    title: 'Temporarily reduced capacity',
    detail: `${DETAILS[reason]} Try again in 1 s.`,
  });
}
