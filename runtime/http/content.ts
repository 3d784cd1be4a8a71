/**
 * Answers that have no content, whatever their head says (RFC 9110, 15.3.5 and 15.4.5).
 *
 * undici takes a length on them for a broken promise. Like nginx and curl, we are done at the head: a framework that sends
 * `{}` with a 204 means well. A 205 is not among them, since its content is framed like any other and harms nobody.
 */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}

/** Whether bytes may follow the head of such an answer: its connection is given up, since nobody reads them. */
export function announcesBody(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
