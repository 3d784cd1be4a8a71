/**
 * A TCP proxy for tests: late on purpose, or cutting connections in the middle of an answer.
 */
import { connect, createServer, type Socket } from 'node:net';
import { bind } from './servers.ts';

export interface TcpProxy {
  readonly port: number;
  /** Milliseconds by which each answer is late. */
  delayMs: number;
  /** Resets each connection at the next answer, after its first bytes. */
  resetNext: boolean;
}

export async function startTcpProxy(
  targetPort: number,
  later: (cleanUp: () => Promise<unknown>) => void,
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    return socket.setNoDelay(true);
  };
  const server = createServer((client) => {
    const target = keep(connect(targetPort, '127.0.0.1'));
    keep(client);
    client.on('data', (bytes) => target.write(bytes));
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
    target.on('data', (bytes) => {
      if (proxy.resetNext) {
        client.write(bytes.subarray(0, 2), () => client.resetAndDestroy());
        return;
      }
      setTimeout(() => client.writable && client.write(bytes), proxy.delayMs);
    });
  });
  const proxy: TcpProxy = { port: await bind(server), delayMs: 0, resetNext: false };
  later(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return proxy;
}
