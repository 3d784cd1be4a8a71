/**
 * Serves a WebSocket route: a place for the caller, an upstream that agrees, and the tunnel until it ends.
 *
 * Stands where the proxy stands for other routes, after all policies. The exchange lasts as long as the tunnel, so that
 * what it holds (a place in a bound) is held as long. Until a 101 was sent all is an ordinary response, also what an
 * upstream answers instead of it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { noteSent, tellDecision } from '../../http/decision.ts';
import { type Exchange, setField, type Verdict } from '../../http/exchange.ts';
import { answerProblem } from '../../http/problem.ts';
import type { ForwardOutcome, ForwardParts } from '../attempt.ts';
import { type Call, noteOutcome, noteStatus } from '../note-call.ts';
import { requestHead } from '../request-head.ts';
import { joinFields, sendResponseHead } from '../response-head.ts';
import type { UpstreamTarget } from '../upstream-target.ts';
import type { UpstreamGroup, Upstreams } from '../upstreams.ts';
import { type SwitchOutcome, switchProtocols } from './switch-protocols.ts';
import { Tunnel } from './tunnel.ts';
import type { Tunnels } from './tunnels.ts';

export interface WebSocketProxyOptions extends ForwardParts {
  readonly upstreams: Upstreams;
  readonly tunnels: Tunnels;
}

/** Connections are tried at most so often, each at another target. */
const ATTEMPTS = 2;
const BAD_GATEWAY = { status: 502, detail: 'The service behind did not answer properly.' };
const UNAVAILABLE = { status: 503, detail: 'The service behind is failing and is left alone for a while.' };
const GATEWAY_TIMEOUT = { status: 504, detail: 'The service behind did not answer in time.' };

/** Gives the answer that is left to write when no tunnel was opened and no upstream answered. */
export function createWebSocketProxy(
  options: WebSocketProxyOptions,
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
  options: WebSocketProxyOptions,
): Promise<Verdict> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  res.on('close', onClose);
  const outcome = await switchOver(exchange, route, group, gone.signal, options);
  res.off('close', onClose);
  if (res.destroyed || gone.signal.aborted || res.socket?.closed === true) {
    if (outcome.kind === 'switched') outcome.socket.destroy();
    if (outcome.kind === 'answered') outcome.response.destroy();
    exchange.outcome = 'client-abort';
    return undefined;
  }
  switch (outcome.kind) {
    case 'failed':
      exchange.outcome = `upstream-${outcome.reason}: ${outcome.error}`;
      return answerProblem(exchange, outcome.reason.endsWith('timeout') ? GATEWAY_TIMEOUT : BAD_GATEWAY);
    case 'refused':
      exchange.outcome = 'upstream-breaker';
      setField(exchange, 'retry-after', String(Math.max(1, Math.ceil(outcome.retryInMs / 1000))));
      return answerProblem(exchange, UNAVAILABLE);
    case 'answered':
      return passOn(exchange, route, outcome.response, res, options);
    case 'switched':
      return open(exchange, route, outcome, res, options);
  }
}

/** Tries another target where nothing was sent to the first. */
async function switchOver(
  exchange: Exchange,
  route: Route,
  group: UpstreamGroup,
  signal: AbortSignal,
  options: WebSocketProxyOptions,
): Promise<SwitchOutcome> {
  let target: UpstreamTarget | undefined;
  let outcome: SwitchOutcome = { kind: 'failed', reason: 'connect', isSent: false, error: 'no target' };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    target = group.balancer.pick(target, options.clock.nowMs());
    if (target === undefined) break;
    outcome = await switchOnce(exchange, route, group, target, signal, options);
    const isRepeatable = outcome.kind === 'failed' && !outcome.isSent && !signal.aborted && group.targets.length > 1;
    if (!isRepeatable) break;
  }
  return outcome;
}

async function switchOnce(
  exchange: Exchange,
  route: Route,
  group: UpstreamGroup,
  target: UpstreamTarget,
  signal: AbortSignal,
  { clock, metrics, policy }: WebSocketProxyOptions,
): Promise<SwitchOutcome> {
  const { breaker, name } = group;
  noteSent(exchange, group, target);
  const ticket = breaker?.admit();
  if (breaker !== undefined && ticket === undefined) return { kind: 'refused', retryInMs: breaker.view().retryInMs };
  const call: Call = { target, breaker, ticket, isNoted: false };
  const startedMs = clock.nowMs();
  // In flight until the exchange is over, which is when its tunnel is.
  target.active += 1;
  exchange.cleanups.push(() => {
    target.active -= 1;
  });
  const outcome = await switchProtocols({
    target,
    path: exchange.path + exchange.query,
    head: requestHead(exchange, policy, target.authority),
    key: exchange.req.headers['sec-websocket-key'] ?? '',
    timeoutMs: exchange.startedMs + route.timeoutMs - startedMs,
    signal,
  });
  const nowMs = clock.nowMs();
  if (outcome.kind === 'failed') {
    const failed: ForwardOutcome = signal.aborted ? { kind: 'client-abort' } : { ...outcome, headSent: false };
    noteOutcome(call, failed, NOTHING_SENT, nowMs);
    if (!signal.aborted) metrics.upstreamFailed(name, outcome.reason);
    return outcome;
  }
  if (outcome.kind !== 'refused') noteStatus(call, outcome.response.statusCode ?? 502, nowMs);
  exchange.upstreamMs = nowMs - startedMs;
  metrics.upstreamAnswered(name, exchange.upstreamMs);
  return outcome;
}

const NOTHING_SENT = { status: 0, isShortened: false };

/** An upstream that refuses says so itself: its answer is passed on as any other. */
async function passOn(
  exchange: Exchange,
  route: Route,
  response: IncomingMessage,
  res: ServerResponse,
  { policy, phase, clock }: WebSocketProxyOptions,
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
  { streams, phase, policy }: WebSocketProxyOptions,
): Promise<Verdict> {
  const client = res.socket;
  if (client === null || !sendSwitch(exchange, response, res, policy)) {
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
function sendSwitch(
  exchange: Exchange,
  response: IncomingMessage,
  res: ServerResponse,
  policy: RuntimePolicy,
): boolean {
  tellDecision(exchange);
  const fields = joinFields(exchange, { status: 101, headers: response.headers }, policy);
  fields.push('connection', 'Upgrade', 'upgrade', 'websocket');
  try {
    res.writeHead(101, fields);
  } catch {
    return false;
  }
  res.flushHeaders();
  return true;
}
