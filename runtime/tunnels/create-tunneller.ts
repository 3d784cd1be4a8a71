/**
 * Serves a WebSocket route: a place for the caller, an upstream that agrees, and the tunnel until it ends.
 *
 * Stands where the proxy stands for other routes, after all policies. The exchange lasts as long as the tunnel, so that
 * what it holds (a place in a bound) is held as long. Until a 101 was sent all is an ordinary response, also what an
 * upstream answers instead of it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import type { Exchange, Verdict } from '../middleware/exchange.ts';
import { answerProblem } from '../middleware/problem.ts';
import type { ForwardOutcome, ForwardParts } from '../middleware/proxy/forward.ts';
import { type Call, noteOutcome, noteStatus } from '../middleware/proxy/note-call.ts';
import { requestHead } from '../middleware/proxy/request-head.ts';
import { joinFields, sendResponseHead } from '../middleware/proxy/response-head.ts';
import type { UpstreamGroup, Upstreams } from '../middleware/proxy/upstreams.ts';
import { type SwitchOutcome, switchProtocols } from './switch-protocols.ts';
import { Tunnel } from './tunnel.ts';
import type { Tunnels } from './tunnels.ts';

export interface TunnellerOptions extends ForwardParts {
  readonly upstreams: Upstreams;
  readonly tunnels: Tunnels;
}

/** Connections are tried at most so often, each at another target. */
const ATTEMPTS = 2;
const BAD_GATEWAY = { status: 502, detail: 'The service behind did not answer properly.' };
const GATEWAY_TIMEOUT = { status: 504, detail: 'The service behind did not answer in time.' };

/** Gives the answer that is left to write when no tunnel was opened and no upstream answered. */
export function createTunneller(
  options: TunnellerOptions,
): (exchange: Exchange, res: ServerResponse) => Promise<Verdict> {
  return async function tunnel(exchange, res) {
    const { route } = exchange;
    const group = route === undefined ? undefined : options.upstreams.group(route.upstream);
    if (route === undefined || group === undefined) throw new Error('tunnel: a request came through without a route');
    const max = route.websocket?.maxConnectionsPerTenant ?? Number.POSITIVE_INFINITY;
    const leave = options.tunnels.enter(`${route.id} ${holderOf(exchange)}`, max);
    if (leave === undefined) {
      options.streams.tunnelRefused('cap');
      exchange.outcome = 'tunnel-cap';
      return answerProblem(exchange, { status: 429, detail: `At most ${max} connections may be open at once.` });
    }
    try {
      return await serve(exchange, route, group, res, options);
    } finally {
      leave();
    }
  };
}

/** Who shares a cap: a tenant, a key without one, or a client address where no key is asked for. */
function holderOf({ principal, client }: Exchange): string {
  if (principal.kind !== 'api-key') return `client ${client.key}`;
  return principal.tenant === undefined ? `key ${principal.keyId}` : `tenant ${principal.tenant}`;
}

async function serve(
  exchange: Exchange,
  route: Route,
  group: UpstreamGroup,
  res: ServerResponse,
  options: TunnellerOptions,
): Promise<Verdict> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  res.on('close', onClose);
  const outcome = await switchOver(exchange, route, group, gone.signal, options);
  res.off('close', onClose);
  if (res.destroyed || gone.signal.aborted) {
    if (outcome.kind === 'switched') outcome.socket.destroy();
    if (outcome.kind === 'answered') outcome.response.destroy();
    exchange.outcome = 'client-abort';
    return undefined;
  }
  switch (outcome.kind) {
    case 'failed':
      exchange.outcome = `upstream-${outcome.reason}: ${outcome.error}`;
      return answerProblem(exchange, outcome.reason.endsWith('timeout') ? GATEWAY_TIMEOUT : BAD_GATEWAY);
    case 'answered':
      return passOn(exchange, route, outcome.response, res, options);
    case 'switched':
      return open(exchange, route, outcome, res, options);
  }
}

async function switchOver(
  exchange: Exchange,
  route: Route,
  group: UpstreamGroup,
  signal: AbortSignal,
  { clock, metrics, policy }: TunnellerOptions,
): Promise<SwitchOutcome> {
  let outcome: SwitchOutcome = { kind: 'failed', reason: 'connect', isSent: false, error: 'none may be tried' };
  let target = group.balancer.pick(undefined, clock.nowMs());
  for (let attempt = 0; attempt < ATTEMPTS && target !== undefined; attempt += 1) {
    const ticket = group.breaker?.admit();
    if (group.breaker !== undefined && ticket === undefined) break;
    const call: Call = { target, breaker: group.breaker, ticket, isNoted: false };
    const startedMs = clock.nowMs();
    target.active += 1;
    outcome = await switchProtocols({
      target,
      path: exchange.path + exchange.query,
      head: requestHead(exchange, policy, target.authority),
      key: exchange.req.headers['sec-websocket-key'] ?? '',
      timeoutMs: exchange.startedMs + route.timeoutMs - startedMs,
      signal,
    });
    if (outcome.kind !== 'failed') {
      const used = target;
      exchange.upstreamMs = clock.nowMs() - startedMs;
      exchange.endings.push(() => {
        used.active -= 1;
      });
      metrics.upstreamAnswered(route.upstream, exchange.upstreamMs);
      noteStatus(call, outcome.response.statusCode ?? 502, clock.nowMs());
      return outcome;
    }
    target.active -= 1;
    const failed: ForwardOutcome = signal.aborted ? { kind: 'client-abort' } : { ...outcome, headSent: false };
    noteOutcome(call, failed, { status: 0, isShortened: false }, clock.nowMs());
    if (signal.aborted) return outcome;
    metrics.upstreamFailed(route.upstream, outcome.reason);
    if (outcome.isSent || group.targets.length < 2) return outcome;
    target = group.balancer.pick(target, clock.nowMs());
  }
  return outcome;
}

/** An upstream that refuses says so itself: its answer is passed on as any other. */
async function passOn(
  exchange: Exchange,
  route: Route,
  response: IncomingMessage,
  res: ServerResponse,
  { policy, phase, clock }: TunnellerOptions,
): Promise<Verdict> {
  const { statusCode: status = 502, headers } = response;
  if (!sendResponseHead(exchange, res, { status, headers }, policy, phase)) {
    response.destroy();
    return answerProblem(exchange, BAD_GATEWAY);
  }
  const leftMs = Math.max(1, exchange.startedMs + route.timeoutMs - clock.nowMs());
  const cut = (): void => {
    response.destroy();
    res.destroy();
  };
  const timer = setTimeout(cut, leftMs);
  response.on('error', cut);
  response.on('aborted', cut);
  response.pipe(res);
  await new Promise<void>((resolve) => res.once('close', resolve));
  clearTimeout(timer);
  response.destroy();
  return undefined;
}

async function open(
  exchange: Exchange,
  route: Route,
  { socket: upstream, rest, response }: Extract<SwitchOutcome, { kind: 'switched' }>,
  res: ServerResponse,
  { streams, phase, policy }: TunnellerOptions,
): Promise<Verdict> {
  const client = res.socket;
  if (client === null || !sendSwitch(exchange, response, res, policy.cors.owner === 'runtime' && route.cors)) {
    upstream.destroy();
    return answerProblem(exchange, BAD_GATEWAY);
  }
  // From here on the bytes are the tunnel's.
  res.detachSocket(client);
  if (rest.length > 0) upstream.unshift(rest);
  streams.tunnelOpened();
  const reason = await new Promise<string>((resolve) => {
    const tunnel = new Tunnel({
      client,
      upstream,
      pingIntervalMs: route.websocket?.pingIntervalMs,
      idleTimeoutMs: route.idleTimeoutMs,
      metrics: streams,
      onOver(ended) {
        dropGoodbye();
        streams.tunnelClosed(ended);
        resolve(ended);
      },
    });
    const dropGoodbye = phase.onClosing(() => tunnel.goodbye());
    if (phase.name === 'closing') tunnel.goodbye();
  });
  exchange.outcome = `tunnel-${reason}`;
  return undefined;
}

/** Sends the 101; false, with nothing sent, when the head of the upstream cannot be passed on. */
function sendSwitch(exchange: Exchange, response: IncomingMessage, res: ServerResponse, ownsCors: boolean): boolean {
  const fields = joinFields(exchange, { status: 101, headers: response.headers }, ownsCors);
  fields.push('connection', 'Upgrade', 'upgrade', 'websocket');
  try {
    res.writeHead(101, fields);
  } catch {
    return false;
  }
  res.flushHeaders();
  return true;
}
