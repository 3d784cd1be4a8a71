/** What is known of a key that was shown: whose it is, why it is turned away, or that nobody can tell now. */
import type { AuthFailureReason } from '../../../schemas/metrics.ts';
import type { ApiKeyPrincipal } from '../../http/principal.ts';

export type KeyVerdict =
  | {
      readonly kind: 'known';
      readonly principal: ApiKeyPrincipal;
      /** While a key that was rotated works on: what its holder should be told. */
      readonly grace: Grace | undefined;
    }
  | { readonly kind: 'denied'; readonly reason: AuthFailureReason }
  | { readonly kind: 'unavailable' };

export interface Grace {
  /** Since when the key should no longer be used, as a Deprecation field (RFC 9745). */
  readonly deprecation: string;
  /** When it ends, as a Sunset field (RFC 8594). */
  readonly sunset: string;
}
