/** Who a request comes from, as its credential says. Never taken from a header that a caller could write. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'admin' }
  /** `keyId` is the name of the secret, since whoever holds it is one caller. */
  | { readonly kind: 'signature'; readonly keyId: string }
  | {
      readonly kind: 'api-key';
      readonly keyId: string;
      readonly keyType: string | undefined;
      readonly tenant: string | undefined;
      readonly tier: string | undefined;
      readonly user: string | undefined;
      readonly organisation: string | undefined;
      /** What the key may be used for, where routes ask (`route.roles`). */
      readonly roles: readonly string[];
    };

export type ApiKeyPrincipal = Extract<Principal, { kind: 'api-key' }>;
