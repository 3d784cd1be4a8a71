/**
 * The steps that a request passes, in order, each by its name.
 *
 * Owns the order, and why it is this one: cheap refusals come before dear ones; a browser can read every refusal after
 * CORS; a flood is stopped before it costs a look-up; a budget is charged before a body is read. Who enforces (enforce.ts)
 * and who explains (admin/explain/) go by this one list, so they cannot disagree.
 */
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import { authenticate } from '../features/identity/authenticate.ts';
import { authorize } from '../features/identity/authorize.ts';
import { recordUse } from '../features/identity/record-use.ts';
import type { Handler } from '../http/exchange.ts';
import { createRouteTable } from '../http/route-table.ts';
import { allowClients } from '../http/steps/allow-clients.ts';
import { announceSunset } from '../http/steps/announce-sunset.ts';
import { cors } from '../http/steps/cors.ts';
import { frontDoor } from '../http/steps/front-door.ts';
import { route } from '../http/steps/route.ts';
import type { StepName } from '../http/steps/step-name.ts';
import { acceptUpgrade } from '../proxy/websocket/accept-upgrade.ts';
import type { PolicyParts } from './parts.ts';

export interface Step {
  readonly name: StepName;
  /** Undefined where the route does not ask for it. */
  readonly policy: Handler | undefined;
  /** Whether it can be run for a request that nobody sent. Not where it reads a body, or uses up a nonce or a place. */
  readonly canRehearse: boolean;
}

/** Before the route is known. */
export function entranceOf({ policy, metrics }: PolicyParts): readonly Step[] {
  return [step('front door', frontDoor(metrics)), step('route', route(createRouteTable(policy.routes), policy.cors))];
}

/** The steps of one route. */
export function chainOf(parts: PolicyParts, served: Route): readonly Step[] {
  const { policy, keys, streams, stepParts } = parts;
  const features = parts.stepsOf(stepParts, served);
  const identity = { ...stepParts, keys, adminToken: parts.adminToken };
  // Who signed is known only when the nonce is used up, and the role after that.
  const isSigned = served.auth === 'signature';
  return [
    step('cors', cors(policy.cors, served)),
    step('sunset', announceSunset(served)),
    step('upgrade', acceptUpgrade({ policy, streams }, served)),
    step('client addresses', allowClients(served)),
    step('limits of the client', features['limits of the client']),
    step('credential', features.credential ?? authenticate(identity, served), !isSigned),
    step('role', authorize(served), !isSigned),
    step('concurrency', features.concurrency, false),
    step('limits', features.limits),
    step('body', features.body, false),
    step('use of the key', recordUse(keys, served), false),
  ];
}

function step(name: StepName, policy: Handler | undefined, canRehearse = true): Step {
  return { name, policy, canRehearse };
}
