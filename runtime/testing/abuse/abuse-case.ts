/**
 * One raw request of somebody who means no good, and what must become of it.
 *
 * Owns the shape of a case and the short forms that the corpus is written in. Bytes are latin1, so that every byte can be said.
 */

export type Expected =
  /** Answered with this status, or with silence and a closed connection; nothing of it reaches the upstream. */
  | { readonly kind: 'refused'; readonly statuses: readonly number[] }
  /** Every byte that the upstream gets: the request line and the fields that came from the client, one for each request. */
  | { readonly kind: 'forwarded'; readonly requests: readonly ForwardedRequest[] };

export interface ForwardedRequest {
  readonly line: string;
  /** Fields of the client, in lower case, sorted; what the runtime adds is not listed. */
  readonly fields: readonly string[];
  readonly body: string;
}

export interface AbuseCase {
  readonly name: string;
  readonly bytes: string;
  readonly expected: Expected;
}

export const refused = (name: string, bytes: string, ...statuses: readonly number[]): AbuseCase => ({
  name,
  bytes,
  expected: { kind: 'refused', statuses: statuses.length === 0 ? [400] : statuses },
});

export const forwarded = (
  name: string,
  bytes: string,
  line: string,
  fields: readonly string[] = [],
  body = '',
): AbuseCase => ({
  name,
  bytes,
  expected: { kind: 'forwarded', requests: [{ line, fields: [...fields].sort(), body }] },
});

/** A GET with a Host and further header lines. */
export const get = (target: string, ...lines: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: a', ...lines, '', ''].join('\r\n');

/** A POST to the open route; framing is the case's own business. */
export const post = (lines: readonly string[], rest = ''): string =>
  [`POST /v1/items HTTP/1.1`, 'Host: a', ...lines, '', rest].join('\r\n');
