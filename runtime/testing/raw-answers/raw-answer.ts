/**
 * What one row of the corpus of raw answers is: the bytes of an upstream, what curl and nginx make of them, and what we do.
 *
 * Results are written as a client sees them: `200 ok` is a status and its whole body, `cut 200 ok` a body that broke off,
 * `none` a connection that was closed without an answer, `no head` bytes that are no answer; `fails` is curl with an error.
 */
export interface RawAnswer {
  readonly name: string;
  /** Latin-1 text; several pieces are sent a moment apart. */
  readonly bytes: string | readonly string[];
  /** What the upstream does after them. Default: it keeps the connection open. */
  readonly end?: 'close' | 'reset';
  /** Default: a GET. `early`: a POST whose body has only begun when the answer comes. */
  readonly asked?: 'HEAD' | 'POST' | 'early';
  readonly curl: string;
  readonly nginx: string;
  readonly ours: string;
  /** A field whose bytes the client gets. */
  readonly field?: readonly [name: string, bytes: string];
  /** Why ours differs from curl or nginx, where it does. */
  readonly why?: string;
}

/** The versions that the corpus was compared with. */
export const COMPARED = { curl: '7.88', nginx: '1.22' };

export const HTTP = 'HTTP/1.1 ';
export const OK = 'HTTP/1.1 200 OK\r\n';
export const BODY = 'Content-Length: 2\r\n\r\nok';
export const CHUNKED = 'Transfer-Encoding: chunked\r\n';

/** Why an informational answer is passed by. */
export const READ_ON =
  'nginx up to 1.28 takes it for the whole answer, which leaves the client without one; curl reads on, and so do we.';

type More = Pick<RawAnswer, 'end' | 'asked' | 'field'>;

/** An answer that all three take, or refuse, alike. */
export function alike(name: string, bytes: RawAnswer['bytes'], result: string, more: More = {}): RawAnswer {
  return { name, bytes, curl: isRefused(result) ? 'fails' : result, nginx: result, ours: result, ...more };
}

/** An answer that we take otherwise than one of them. */
export function unlike(
  name: string,
  bytes: RawAnswer['bytes'],
  results: Pick<RawAnswer, 'curl' | 'nginx' | 'ours'> & { readonly why: string },
  more: More = {},
): RawAnswer {
  return { name, bytes, ...results, ...more };
}

/** Whether a client was left without a whole answer of the upstream. */
export function isRefused(result: string): boolean {
  return /^(?:502$|504$|none$|no head$|cut )/.test(result);
}
