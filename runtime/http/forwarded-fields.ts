/**
 * What a trusted proxy says of the request that it took: the scheme, and the host that was asked for.
 *
 * Owns how lists and junk are read. Each proxy of a chain may append its own value (RFC 9110, 5.3: several lines are one
 * list), so the first entry is what the client used; empty entries are skipped (5.6.1). Junk says nothing: the connection,
 * or the Host field, is asked instead. Who is trusted is decided elsewhere.
 */

/** `wss` is what some proxies say of a WebSocket. */
const SCHEMES: Readonly<Record<string, 'http' | 'https' | undefined>> = {
  http: 'http',
  https: 'https',
  ws: 'http',
  wss: 'https',
};
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const MAX_HOST = 255;

/** `lines`: every X-Forwarded-Proto, in the order received. */
export function readForwardedProto(lines: readonly string[]): 'http' | 'https' | undefined {
  const said = firstEntry(lines)?.toLowerCase();
  return said !== undefined && Object.hasOwn(SCHEMES, said) ? SCHEMES[said] : undefined;
}

/** `lines`: every X-Forwarded-Host, in the order received. */
export function readForwardedHost(lines: readonly string[]): string | undefined {
  const said = firstEntry(lines);
  return said !== undefined && said.length <= MAX_HOST && isHost(said) ? said : undefined;
}

/** Whether a text is a host with an optional port, as Host has it. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

function firstEntry(lines: readonly string[]): string | undefined {
  if (lines.length === 0) return undefined;
  return lines
    .join(',')
    .split(',')
    .map((entry) => entry.trim())
    .find((entry) => entry !== '');
}
