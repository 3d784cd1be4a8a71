/**
 * Lets signed requests pass: what was signed is what was received, now, and once.
 *
 * Owns the order of the checks and their answers. The signature is verified over the head before a byte of the body is read,
 * the body is compared with what the head says of it, and only then the nonce is used up. The headers go on to the upstream:
 * they hold no secret and are worth nothing twice.
 */
import type { AuthFailureReason } from '../../../schemas/metrics.ts';
import type { Auth, Route } from '../../../schemas/runtime-policy.gen.ts';
import type { StepParts } from '../../feature.ts';
import { readBody } from '../../http/body.ts';
import { type Answer, type Exchange, type Handler, setField, type Verdict } from '../../http/exchange.ts';
import { answerProblem } from '../../http/problem.ts';
import { hasBody } from '../../http/request-body.ts';
import { forwardedHost, forwardedProto } from '../../proxy/request-head.ts';
import type { Claim, SignedHead } from './claim.ts';
import { findSigner, hashBody, sameBytes } from './digests.ts';
import type { NonceStore, NonceVerdict } from './nonce-store.ts';
import type { SigningSecret } from './secrets.ts';
import { selectProfile } from './select-profile.ts';

/** What a gateway knows of signers. */
export interface Signing {
  readonly secrets: readonly SigningSecret[];
  readonly nonces: NonceStore;
}

export interface VerifySignatureOptions extends Pick<StepParts, 'policy' | 'clock' | 'metrics' | 'onFailedCredential'> {
  readonly signing: Signing;
}

type Signature = NonNullable<Auth['signature']>;

/** The policy of a route with `auth: signature`. */
export function verifySignature(options: VerifySignatureOptions, route: Route): Handler {
  const { policy, signing, clock, metrics, onFailedCredential } = options;
  const { signature } = policy.auth;
  const { secrets, nonces } = signing;
  if (signature === undefined || secrets.length === 0) return (exchange) => refuse(exchange, 'no-secret');
  const { maxSkewMs, maxBodyBytes, onStoreFailure } = signature;
  const profile = selectProfile(signature);

  function verifySignature(exchange: Exchange): Verdict | Promise<Verdict> {
    const read = profile(headOf(exchange));
    if (read.kind === 'denied') return refuse(exchange, read.reason);
    const { claim } = read;
    const late = lateness(claim);
    if (late !== undefined) return refuse(exchange, late);
    const signer = findSigner(secrets, claim.base, claim.mac);
    if (signer === undefined) return refuse(exchange, 'wrong-signature');
    const answer = readBody(exchange, maxBodyBytes, clock);
    return answer instanceof Promise
      ? answer.then((late) => late ?? checkBody(exchange, claim, signer))
      : (answer ?? checkBody(exchange, claim, signer));
  }

  function lateness({ createdMs, expiresMs }: Claim): AuthFailureReason | undefined {
    const wallMs = clock.wallMs();
    if (Math.abs(wallMs - createdMs) > maxSkewMs) return 'skew';
    return expiresMs !== undefined && expiresMs <= wallMs ? 'expired' : undefined;
  }

  function checkBody(exchange: Exchange, claim: Claim, signer: SigningSecret): Verdict | Promise<Verdict> {
    if (!isBodyOf(claim, exchange.body)) return refuse(exchange, 'body-mismatch');
    // What a signer calls its key is its own word: only by the secret can nobody use up the nonces of another.
    const verdict = nonces.remember(`${signer.scope} ${claim.nonce}`, 2 * maxSkewMs, onStoreFailure);
    return verdict instanceof Promise
      ? verdict.then((late) => conclude(exchange, signer, late))
      : conclude(exchange, signer, verdict);
  }

  function conclude(exchange: Exchange, signer: SigningSecret, verdict: NonceVerdict): Verdict {
    if (verdict !== 'fresh') return refuse(exchange, verdict === 'used' ? 'replayed' : 'unavailable');
    exchange.principal = { kind: 'signature', keyId: signer.id };
    return undefined;
  }

  function refuse(exchange: Exchange, reason: AuthFailureReason): Answer {
    metrics.authFailed(reason);
    exchange.outcome = `auth:${reason}`;
    const { status, detail } = describe(reason, signature);
    if (status === 503) setField(exchange, 'retry-after', '1');
    // What is this side's fault is not held against the client.
    if (status < 500) onFailedCredential(route, exchange);
    if (status === 401) setField(exchange, 'www-authenticate', `Signature realm="${policy.system}"`);
    return answerProblem(exchange, { status, detail });
  }

  return verifySignature;
}

function headOf(exchange: Exchange): SignedHead {
  const { req, method, names } = exchange;
  return {
    method,
    target: req.url ?? '',
    scheme: forwardedProto(exchange),
    authority: forwardedHost(exchange) ?? '',
    names,
    rawHeaders: req.rawHeaders,
    hasBody: hasBody(req),
  };
}

/** A body that came must have been signed; a digest that was signed must be that of what came. */
function isBodyOf({ bodyDigests }: Claim, body: Buffer = Buffer.alloc(0)): boolean {
  if (bodyDigests.length === 0) return body.length === 0;
  return bodyDigests.every(({ algorithm, value }) => sameBytes(hashBody(algorithm, body), value));
}

function describe(reason: AuthFailureReason, signature: Signature | undefined) {
  switch (reason) {
    case 'missing':
      return { status: 401, detail: 'A signature is required.' };
    case 'malformed':
    case 'ambiguous':
      return { status: 400, detail: 'The headers of the signature are not well formed.' };
    case 'skew':
      return {
        status: signature?.skewStatus ?? 401,
        detail: 'The time of the signature is too far from the time of this server; see the Date of this response.',
      };
    case 'body-unsigned':
      return { status: 401, detail: 'The signature must cover the body.' };
    case 'uncovered':
      return { status: 401, detail: 'The signature must cover the method, the path and the query.' };
    case 'no-secret':
      return { status: 500, detail: 'Signatures cannot be checked here.' };
    case 'unavailable':
      return { status: 503, detail: 'Signatures cannot be checked right now. Sign the request anew to try again.' };
    default:
      // One sentence for all others: which of them it was helps only who guesses.
      return { status: 401, detail: 'This signature is not accepted.' };
  }
}
