/**
 * Opens and closes listening sockets, and tells beforehand which cannot be opened.
 */
import { Server as HttpServer, type Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import type { Listen, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';

export type Listening =
  /** With the address that was opened, as a URL. */
  | { readonly kind: 'listening'; readonly url: string }
  /** Such as a port that is taken. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** The sockets of a policy, by the field that declares them, in the order in which they are opened. */
export type ListenField = 'admin' | 'listen' | 'egress';

/** Undefined when each can be opened now. The first that cannot is named, so that whoever started it knows what to change. */
export async function findTakenPort(
  policy: Pick<RuntimePolicy, ListenField>,
): Promise<{ readonly field: ListenField; readonly reason: string } | undefined> {
  for (const field of ['admin', 'listen', 'egress'] as const) {
    const address = policy[field];
    if (address === undefined) continue;
    const server = createServer();
    const result = await listen(server, address);
    if (result.kind === 'refused') return { field, reason: result.reasons.join('; ') };
    await new Promise((resolve) => server.close(resolve));
  }
  return undefined;
}

const FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EACCES: 'this process may not open the port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host has no address',
};

/** What a machine without IPv6 says to `::`. */
const NO_IPV6: readonly (string | undefined)[] = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'];

/** `::` is every address of the machine, those of IPv4 too; where there is no IPv6 it is every address of IPv4. */
export function listen(server: NetServer, address: Listen): Promise<Listening> {
  const { host, port, keepAliveMs } = address;
  if (keepAliveMs !== undefined && server instanceof HttpServer) server.keepAliveTimeout = keepAliveMs;
  if (keepAliveMs !== undefined && server instanceof TlsServer) server.keepAliveTimeout = keepAliveMs;
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (host === '::' && NO_IPV6.includes(error.code)) {
        resolve(listen(server, { ...address, host: '0.0.0.0' }));
        return;
      }
      const fault = FAULTS[error.code ?? ''] ?? 'it failed';
      resolve({ kind: 'refused', reasons: [`cannot listen on ${host}:${port}: ${fault} (${error.code})`] });
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve({ kind: 'listening', url: formatAddress(server) });
    });
  });
}

/** Closes a server and whoever is connected to it. */
export function closeNow(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function formatAddress(server: NetServer): string {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${server instanceof TlsServer ? 'https' : 'http'}://${host}:${address.port}`;
}
