/**
 * What the middleware of one request know of it.
 *
 * The onion fills it from the outside in, in the order of create-app.ts: who opened it, where it goes, who sent it, what
 * came of it. The access log is written from it at the end.
 */
import type Koa from 'koa';
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import type { Principal } from '../identity/principal.ts';
import type { ClientAddress } from '../policies/client-address.ts';

export interface Exchange {
  readonly requestId: string;
  readonly startedMs: number;
  readonly client: ClientAddress;
  /** Normal form, set by the front door. */
  path: string;
  query: string;
  route: Route | undefined;
  isPreflight: boolean;
  principal: Principal;
  /** Why the request ended as it did, for the log; never shown to the caller. */
  outcome: string | undefined;
  upstreamMs: number | undefined;
}

export interface GatewayState extends Koa.DefaultState {
  exchange: Exchange;
}
export type GatewayContext = Koa.ParameterizedContext<GatewayState>;
export type GatewayMiddleware = Koa.Middleware<GatewayState>;
