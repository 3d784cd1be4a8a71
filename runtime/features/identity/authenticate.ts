/**
 * Finds out who calls, or answers 401, or 503 when that cannot be found out.
 *
 * One header carries the credential, once; nothing is read from a query or a body. A failed attempt draws on the client's
 * limits, so that guessing is as limited as calling.
 */
import type { AuthFailureReason } from '../../../schemas/metrics.ts';
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import type { StepParts } from '../../feature.ts';
import { type Answer, type Exchange, type Handler, setField, type Verdict } from '../../http/exchange.ts';
import { answerProblem } from '../../http/problem.ts';
import { timingSafeEqualText } from '../../http/timing-safe-equal.ts';
import type { KeyDirectory } from './key-directory.ts';
import type { KeyVerdict } from './key-verdict.ts';
import { readBearer } from './read-bearer.ts';

export interface AuthenticateOptions extends Pick<StepParts, 'policy' | 'metrics' | 'onFailedCredential'> {
  /** Undefined when no route needs keys, or the host of the library form gave none. */
  readonly keys: KeyDirectory | undefined;
  readonly adminToken: string | undefined;
}

type Credential =
  | { readonly kind: 'credential'; readonly text: string }
  | { readonly kind: 'denied'; readonly reason: AuthFailureReason };

const UNAVAILABLE: KeyVerdict = { kind: 'unavailable' };

/** The policy of one route; undefined where nobody is asked for a credential. */
export function authenticate(options: AuthenticateOptions, route: Route): Handler | undefined {
  const { policy, keys, adminToken, metrics, onFailedCredential } = options;
  const { header } = policy.auth.apiKeys;

  function checkKey(exchange: Exchange): Verdict | Promise<Verdict> {
    const credential = readCredential(exchange, header);
    if (credential.kind === 'denied') return refuse(exchange, credential.reason);
    const verdict = keys?.verify(credential.text) ?? UNAVAILABLE;
    // A key that is cached is decided on the spot.
    return verdict instanceof Promise
      ? verdict.then((late) => concludeKey(exchange, late))
      : concludeKey(exchange, verdict);
  }

  function concludeKey(exchange: Exchange, verdict: KeyVerdict): Verdict {
    if (verdict.kind !== 'known') return refuse(exchange, verdict.kind === 'denied' ? verdict.reason : 'unavailable');
    const { principal, grace } = verdict;
    exchange.principal = principal;
    if (grace !== undefined) {
      setField(exchange, 'deprecation', grace.deprecation);
      setField(exchange, 'sunset', grace.sunset);
    }
    return undefined;
  }

  function checkAdmin(exchange: Exchange): Verdict | Promise<Verdict> {
    if (adminToken === undefined) return answerProblem(exchange, { status: 404, detail: 'There is nothing here.' });
    const credential = readCredential(exchange, 'authorization');
    if (credential.kind === 'credential' && timingSafeEqualText(credential.text, adminToken)) {
      exchange.principal = { kind: 'admin' };
      return undefined;
    }
    const shown = [credential, ...(header === 'authorization' ? [] : [readCredential(exchange, header)])];
    const texts = shown.flatMap((one) => (one.kind === 'credential' ? [one.text] : []));
    const reason = credential.kind === 'denied' ? credential.reason : 'wrong-admin-key';
    return texts.length === 0 ? refuse(exchange, reason) : refuseStranger(exchange, reason, texts);
  }

  /** A good key of somebody else is told so, as on the operators' port (admin/authorize.ts); it is counted as a guess all the same. */
  async function refuseStranger(exchange: Exchange, reason: AuthFailureReason, texts: string[]): Promise<Answer> {
    for (const text of texts) {
      if ((await keys?.verify(text))?.kind !== 'known') continue;
      metrics.authFailed('wrong-admin-key');
      exchange.outcome = 'auth:wrong-admin-key';
      onFailedCredential(route, exchange);
      return answerProblem(exchange, { status: 403, detail: 'Only an administrator may do this.' });
    }
    return refuse(exchange, reason);
  }

  function refuse(exchange: Exchange, reason: AuthFailureReason): Answer {
    metrics.authFailed(reason);
    exchange.outcome = `auth:${reason}`;
    if (reason === 'unavailable') {
      setField(exchange, 'retry-after', '1');
      return answerProblem(exchange, {
        status: 503,
        detail: 'Credentials cannot be checked right now; yours may be fine.',
      });
    }
    if (reason === 'tenant-inactive') {
      // The key is right, so nothing is guessed, and its holder should not throw it away.
      return answerProblem(exchange, { status: 403, detail: 'The tenant of this credential is not active.' });
    }
    onFailedCredential(route, exchange);
    const scheme = route.auth === 'admin-key' || header === 'authorization' ? 'Bearer' : 'ApiKey';
    setField(exchange, 'www-authenticate', `${scheme} realm="${policy.system}"`);
    // One sentence for all reasons: which of them it was helps only who guesses.
    const detail = reason === 'missing' ? 'A credential is required.' : 'This credential is not accepted.';
    return answerProblem(exchange, { status: 401, detail });
  }

  // Who signs is checked by the feature of signed requests.
  if (route.auth === 'none' || route.auth === 'signature') return undefined;
  return route.auth === 'admin-key' ? checkAdmin : checkKey;
}

function readCredential({ req, names }: Exchange, header: string): Credential {
  const line = req.headers[header];
  if (line === undefined || line === '' || Array.isArray(line)) return { kind: 'denied', reason: 'missing' };
  if (names.indexOf(header) !== names.lastIndexOf(header)) return { kind: 'denied', reason: 'ambiguous' };
  if (header !== 'authorization') return { kind: 'credential', text: line };
  const text = readBearer(line);
  return text === undefined ? { kind: 'denied', reason: 'malformed' } : { kind: 'credential', text };
}
