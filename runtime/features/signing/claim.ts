/**
 * What a signed request says of itself, in the terms that all profiles share.
 *
 * A profile reads a claim from the head alone, so that nothing of a body is held for somebody who cannot sign. Nothing in a
 * claim is true before its signature was verified, and nothing of the body before it was compared.
 */
import type { AuthFailureReason } from '../../../schemas/metrics.ts';
import type { HashAlgorithm } from './digests.ts';

/** A head as it was received: before anything was normalised. */
export interface SignedHead {
  readonly method: string;
  /** Path and query, byte for byte. */
  readonly target: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** Names in lower case, in the order received. */
  readonly names: readonly string[];
  readonly rawHeaders: readonly string[];
  readonly hasBody: boolean;
}

export interface Claim {
  /** The text that was signed, one byte a character. */
  readonly base: string;
  readonly mac: Buffer;
  readonly createdMs: number;
  readonly expiresMs: number | undefined;
  /** What no other signed request shares. */
  readonly nonce: string;
  /** All must be those of the body. None only where no body was announced. */
  readonly bodyDigests: readonly BodyDigest[];
}

export interface BodyDigest {
  readonly algorithm: HashAlgorithm;
  readonly value: Buffer;
}

export type ReadClaim =
  | { readonly kind: 'claim'; readonly claim: Claim }
  | { readonly kind: 'denied'; readonly reason: AuthFailureReason };

/** One way to sign. */
export type SignatureProfile = (head: SignedHead) => ReadClaim;

export function denied(reason: AuthFailureReason): ReadClaim {
  return { kind: 'denied', reason };
}

/** All values of a field in the order received, without the blanks around them. */
export function valuesOf({ names, rawHeaders }: SignedHead, name: string): readonly string[] {
  const values: string[] = [];
  for (const [index, candidate] of names.entries()) {
    if (candidate === name) values.push((rawHeaders[2 * index + 1] ?? '').replace(/^[ \t]+|[ \t]+$/g, ''));
  }
  return values;
}
