/**
 * What is known of one request, from its head to its log line.
 *
 * The policies fill it in the order of enforce.ts: who opened it, where it goes, who sent it, what came of it. They never
 * touch the response: what it should carry is gathered in `fields`, and written once, with the status.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Koa from 'koa';
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import type { ClientAddress } from './client-address.ts';
import type { Principal } from './principal.ts';
import type { RequestTrace } from './request-trace.ts';

export interface Exchange {
  readonly req: IncomingMessage;
  /** For what comes before a response (`100 Continue`); the response itself is the gateway's. */
  readonly res: ServerResponse;
  readonly method: string;
  /** Names of the request's fields in lower case, in the order received. */
  readonly names: readonly string[];
  readonly requestId: string;
  readonly startedMs: number;
  readonly client: ClientAddress;
  readonly trace: RequestTrace;
  /** Normal form, set by the front door. */
  path: string;
  query: string;
  route: Route | undefined;
  isPreflight: boolean;
  principal: Principal;
  /** Fields of the response that policies set: name in lower case, value, name, value. */
  readonly fields: string[];
  /** The whole body of the request, where a policy had to read it; otherwise it streams by. */
  body: Buffer | undefined;
  /** What must happen when the exchange is over, however it ends: a place in a pool that is given back. Each is called once. */
  readonly cleanups: (() => void)[];
  /** Who sees the upstream's response as it is sent; undefined for most. */
  tap: ResponseTap | undefined;
  /** What its sender is told of how it was decided; undefined for everybody but an administrator who asks. */
  decision: Decision | undefined;
  /** Why the request ended as it did, for the log; never shown to the caller. */
  outcome: string | undefined;
  upstreamMs: number | undefined;
}

/** What is noted of a request while it is decided; only of one whose sender is told. */
export interface Decision {
  /** Step of the chain that answered; undefined while none did. */
  by: string | undefined;
  /** Undefined while nothing was sent to an upstream. */
  sent: Sent | undefined;
}

interface Sent {
  readonly upstream: string;
  /** `host:port` of the last target. */
  readonly target: string;
  /** State of the breaker when the request came to it; undefined without one. */
  readonly breaker: string | undefined;
}

/** A part that looks at what an upstream answers while it is sent on, such as a cache that keeps it. */
export interface ResponseTap {
  /** Request fields, in lower case, that the upstream must not see. */
  readonly hidden: ReadonlySet<string> | undefined;
  /** The final head, before it is sent: policies' fields may still be set. False: it is not sent, and the tap answers. */
  head(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): boolean;
  /** A piece of the body. True: it is held here anyway, so the upstream is read on although the client is slow. */
  data(chunk: Buffer): boolean;
  /** The whole response has come. */
  end(): void;
}

/** A response that ends the request here; its fields are those of the exchange. */
export interface Answer {
  readonly status: number;
  readonly body: string | Buffer | undefined;
}

/** One guarantee: undefined lets the request pass, an answer ends it. */
export type Handler = (exchange: Exchange) => Verdict | Promise<Verdict>;
export type Verdict = Answer | undefined;

/** Sends an exchange on; the verdict is what is left to write. */
export type Respond = (exchange: Exchange, res: ServerResponse) => Promise<Verdict>;

/** Sets a field of the response; `name` is in lower case. */
export function setField({ fields }: Exchange, name: string, value: string): void {
  for (let index = 0; index < fields.length; index += 2) {
    if (fields[index] === name) {
      fields[index + 1] = value;
      return;
    }
  }
  fields.push(name, value);
}

export interface GatewayState extends Koa.DefaultState {
  exchange: Exchange;
}
export type GatewayMiddleware = Koa.Middleware<GatewayState>;
