/**
 * Finds out who calls, or answers 401, or 503 when that cannot be found out.
 *
 * One header carries the credential, once; nothing is read from a query or a body. A failed attempt draws on the client's
 * limits, so that guessing is as limited as calling.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthFailureReason } from '../../schemas/metrics.ts';
import type { Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { KeyDirectory } from '../identity/key-directory.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { GatewayContext, GatewayMiddleware } from './exchange.ts';
import { answerProblem } from './problem.ts';
import type { RateLimitOptions } from './rate-limit.ts';

export interface AuthenticateOptions {
  readonly policy: RuntimePolicy;
  /** Undefined when no route needs keys, or the host of the library form gave none. */
  readonly keys: KeyDirectory | undefined;
  readonly adminToken: string | undefined;
  readonly metrics: Metrics;
  readonly limits: RateLimitOptions;
}

type Verdict = { readonly kind: 'passed' } | { readonly kind: 'denied'; readonly reason: AuthFailureReason };
type Credential = { readonly kind: 'credential'; readonly text: string } | Extract<Verdict, { kind: 'denied' }>;

const PASSED: Verdict = { kind: 'passed' };

export function authenticate(options: AuthenticateOptions): GatewayMiddleware {
  const { policy, keys, adminToken, metrics, limits } = options;
  const { header } = policy.auth.apiKeys;

  async function checkKey(ctx: GatewayContext): Promise<Verdict> {
    const credential = readCredential(ctx, header);
    if (credential.kind === 'denied') return credential;
    const verdict = (await keys?.verify(credential.text)) ?? { kind: 'unavailable' };
    if (verdict.kind === 'denied') return verdict;
    if (verdict.kind === 'unavailable') return { kind: 'denied', reason: 'unavailable' };
    ctx.state.exchange.principal = verdict.principal;
    return PASSED;
  }

  function checkAdmin(ctx: GatewayContext, token: string): Verdict {
    const credential = readCredential(ctx, 'authorization');
    if (credential.kind === 'denied') return credential;
    if (!sameText(credential.text, token)) return { kind: 'denied', reason: 'wrong-admin-key' };
    ctx.state.exchange.principal = { kind: 'admin' };
    return PASSED;
  }

  function chargeClient(ctx: GatewayContext): void {
    const { route, client, principal } = ctx.state.exchange;
    if (route === undefined) return;
    limits.store.charge(
      limits.limiter.clientCharges(route, { clientKey: client.key, principal }),
      limits.clock.nowMs(),
    );
  }

  function refuse(ctx: GatewayContext, auth: Route['auth'], reason: AuthFailureReason): void {
    metrics.authFailed(reason);
    ctx.state.exchange.outcome = `auth:${reason}`;
    if (reason === 'unavailable') {
      ctx.set('retry-after', '1');
      answerProblem(ctx, { status: 503, detail: 'Credentials cannot be checked right now; yours may be fine.' });
      return;
    }
    chargeClient(ctx);
    const scheme = auth === 'admin' || header === 'authorization' ? 'Bearer' : 'ApiKey';
    ctx.set('www-authenticate', `${scheme} realm="${policy.system}"`);
    // One sentence for all reasons: which of them it was helps only who guesses.
    const detail = reason === 'missing' ? 'A credential is required.' : 'This credential is not accepted.';
    answerProblem(ctx, { status: 401, detail });
  }

  return async function authenticate(ctx, next) {
    const { route } = ctx.state.exchange;
    if (route === undefined || route.auth === 'none') return next();
    if (route.auth === 'admin' && adminToken === undefined) {
      return answerProblem(ctx, { status: 404, detail: 'There is nothing here.' });
    }
    const verdict = route.auth === 'admin' ? checkAdmin(ctx, adminToken ?? '') : await checkKey(ctx);
    return verdict.kind === 'passed' ? next() : refuse(ctx, route.auth, verdict.reason);
  };
}

function readCredential(ctx: GatewayContext, header: string): Credential {
  const lines = ctx.req.headersDistinct[header] ?? [];
  const [line] = lines;
  if (line === undefined || line === '') return { kind: 'denied', reason: 'missing' };
  if (lines.length > 1) return { kind: 'denied', reason: 'ambiguous' };
  if (header !== 'authorization') return { kind: 'credential', text: line };
  const text = /^Bearer ([!-~]+)$/i.exec(line)?.[1];
  return text === undefined ? { kind: 'denied', reason: 'malformed' } : { kind: 'credential', text };
}

/** Compares in a time that tells neither content nor length. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
