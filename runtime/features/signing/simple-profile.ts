/**
 * The simple profile: HMAC-SHA256 over method, target, time and body hash, joined without a separator.
 *
 * The target is the path and the query as received: a query that nobody signed could be changed on the way. There is no
 * nonce; the signature is one, so the same request may be sent once a second.
 *
 * Without separators two requests could share one text. They do not: a method is letters and a target starts with `/`; a
 * time has no leading zero, so a digit moved between target and time changes it by years; a body hash is 64 digits or not
 * there.
 */
import type { Auth } from '../../../schemas/runtime-policy.gen.ts';
import { denied, type SignatureProfile, valuesOf } from './claim.ts';

export type SimpleHeaders = NonNullable<Auth['signature']>['headers'];

const SECONDS = /^[1-9][0-9]{0,10}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** The text that is signed. `timestamp` is in seconds; `bodyHash` is empty only without a body. */
export function simpleBase(method: string, target: string, timestamp: string, bodyHash: string): string {
  return `${method}${target}${timestamp}${bodyHash}`;
}

export function simpleProfile(headers: SimpleHeaders): SignatureProfile {
  const names = [headers.signature, headers.timestamp, headers.bodyHash];
  return function simple(head) {
    const fields = names.map((name) => valuesOf(head, name));
    const [signature = '', timestamp = '', bodyHash = ''] = fields.map(([first = '']) => first);
    if (signature === '' || timestamp === '') return denied('missing');
    if (fields.some((values) => values.length > 1)) return denied('ambiguous');
    if (!isWellFormed(signature, timestamp, bodyHash)) return denied('malformed');
    if (bodyHash === '' && head.hasBody) return denied('body-unsigned');
    return {
      kind: 'claim',
      claim: {
        base: simpleBase(head.method, head.target, timestamp, bodyHash),
        mac: Buffer.from(signature, 'hex'),
        createdMs: Number(timestamp) * 1000,
        expiresMs: undefined,
        nonce: signature,
        bodyDigests: bodyHash === '' ? [] : [{ algorithm: 'sha256', value: Buffer.from(bodyHash, 'hex') }],
      },
    };
  };
}

function isWellFormed(signature: string, timestamp: string, bodyHash: string): boolean {
  return SHA256_HEX.test(signature) && SECONDS.test(timestamp) && (bodyHash === '' || SHA256_HEX.test(bodyHash));
}
