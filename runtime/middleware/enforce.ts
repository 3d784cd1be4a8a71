/**
 * The policies of one request, in order, as one function.
 *
 * Owns the order, and why it is this one: cheap refusals come before dear ones; a browser can read every refusal after
 * CORS; a flood is stopped before it costs a look-up. The chain of each route is compiled once and holds only what that
 * route asks for; a request that waits for nothing passes through without a promise.
 */
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import type { PolicyParts } from '../create-app.ts';
import { createRouteTable } from '../policies/route-table.ts';
import { acceptUpgrade } from '../tunnels/accept-upgrade.ts';
import { allowClients } from './allow-clients.ts';
import { announceSunset } from './announce-sunset.ts';
import { authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import { checkBody } from './check-body.ts';
import { cors } from './cors.ts';
import type { Exchange, Policy, Verdict } from './exchange.ts';
import { frontDoor } from './front-door.ts';
import { limitConcurrency } from './limit-concurrency.ts';
import { guardClient, rateLimit } from './rate-limit.ts';
import { recordUse } from './record-use.ts';
import { route } from './route.ts';

/** Undefined when the request may go on, and then its route is known. */
export function createEnforcer(parts: PolicyParts): Policy {
  const { policy, metrics, clock, log, keys, adminToken, signing, concurrency, streams } = parts;
  const limits = { ...parts.limits, policy, clock, log };
  const identity = { policy, keys, adminToken, signing, clock, metrics, limits };
  const entrance = [frontDoor(metrics), route(createRouteTable(policy.routes), policy.cors.owner)];
  const chains = new Map<Route | undefined, readonly Policy[]>();
  for (const served of policy.routes) {
    const chain = [
      cors(policy.cors, served),
      announceSunset(served),
      acceptUpgrade({ policy, streams }, served),
      allowClients(served),
      guardClient(limits, served),
      authenticate(identity, served),
      authorize(served),
      limitConcurrency(concurrency, policy, served),
      rateLimit(limits, served),
      checkBody(clock, served),
      recordUse(keys, served),
    ];
    chains.set(
      served,
      chain.filter((step) => step !== undefined),
    );
  }

  return function enforce(exchange) {
    const refusal = run(entrance, exchange, 0);
    return refusal ?? run(chains.get(exchange.route) ?? [], exchange, 0);
  };
}

function run(chain: readonly Policy[], exchange: Exchange, from: number): Verdict | Promise<Verdict> {
  for (let index = from; index < chain.length; index += 1) {
    const verdict = chain[index]?.(exchange);
    if (verdict instanceof Promise) return verdict.then((late) => late ?? run(chain, exchange, index + 1));
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
