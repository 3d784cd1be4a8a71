/** The profile that a policy asks for. */
import type { Auth } from '../../../schemas/runtime-policy.gen.ts';
import type { SignatureProfile } from './claim.ts';
import { rfc9421 } from './message-signatures.ts';
import { simpleProfile } from './simple-profile.ts';

export function selectProfile({ profile, headers }: NonNullable<Auth['signature']>): SignatureProfile {
  return profile === 'simple' ? simpleProfile(headers) : rfc9421;
}
