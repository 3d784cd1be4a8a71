/** The token of an Authorization field (RFC 6750, 2.1); undefined for another scheme, and for what is no token. */
export function readBearer(line: string | undefined): string | undefined {
  return /^Bearer ([!-~]+)$/i.exec(line ?? '')?.[1];
}
