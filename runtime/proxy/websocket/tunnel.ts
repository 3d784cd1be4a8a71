/**
 * One open WebSocket: bytes from client to upstream and back.
 *
 *   open --a side ends or fails, silence, process stops--> ending --both sides closed or time is up--> over
 *
 * Payload passes as it comes and is never held: a side is read only as fast as the other takes it. Frames are followed
 * only so that a ping or a goodbye never lands inside one. Settles exactly once, and then holds no timer and no socket.
 */
import type { Duplex } from 'node:stream';
import type { TunnelCloseReason } from '../../../schemas/metrics.ts';
import { BAD_GATEWAY, closeFrame, GOING_AWAY, maskedCloseFrame, PING } from './control-frames.ts';
import { FrameScanner } from './frame-scanner.ts';
import type { StreamMetrics } from './stream-metrics.ts';

export interface TunnelOptions {
  readonly client: Duplex;
  readonly upstream: Duplex;
  /** Undefined: no pings. */
  readonly pingIntervalMs: number | undefined;
  /** Longest time in which nothing moves; 0 for any. */
  readonly idleTimeoutMs: number;
  readonly metrics: StreamMetrics;
  readonly onOver: (reason: TunnelCloseReason) => void;
}

/** Intervals without a byte of the client after which it is taken for gone. */
const SILENT_INTERVALS = 2;
/** How long the sides have to close after the tunnel began to end. */
const CLOSING_MS = 1_000;

export class Tunnel {
  readonly #options: TunnelOptions;
  readonly #fromClient = new FrameScanner();
  readonly #toClient = new FrameScanner();
  readonly #pings: NodeJS.Timeout | undefined;
  readonly #idle: NodeJS.Timeout | undefined;
  #silentIntervals = 0;
  #isPingOwed = false;
  #farewell: Buffer | undefined;
  #reason: TunnelCloseReason | undefined;
  #closer: 'client' | 'upstream' | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #open = 2;

  constructor(options: TunnelOptions) {
    const { client, upstream, pingIntervalMs, idleTimeoutMs } = options;
    this.#options = options;
    if (pingIntervalMs !== undefined) this.#pings = setInterval(() => this.#tick(), pingIntervalMs).unref();
    if (idleTimeoutMs > 0) this.#idle = setTimeout(() => this.#cut('idle'), idleTimeoutMs).unref();
    for (const [side, other, name] of [
      [client, upstream, 'client'],
      [upstream, client, 'upstream'],
    ] as const) {
      // A side may have ended or closed while the other was being opened; that is not said again.
      if (side.readableEnded) setImmediate(() => this.#sideEnded(name));
      else side.on('end', () => this.#sideEnded(name));
      // A reset is an end, too; `close` follows.
      side.on('error', () => this.#sideEnded(name));
      side.on('drain', () => other.resume());
      if (side.closed) setImmediate(() => this.#sideClosed(name));
      else side.on('close', () => this.#sideClosed(name));
    }
    client.on('drain', () => {
      this.#silentIntervals = 0;
    });
    client.on('data', (chunk: Buffer) => this.#onClientData(chunk));
    upstream.on('data', (chunk: Buffer) => this.#onUpstreamData(chunk));
  }

  /** Says goodbye to both sides, since the process stops, and ends. */
  goodbye(): void {
    this.#end('drain', closeFrame(GOING_AWAY, 'restart; connect again'));
    if (this.#fromClient.isBetweenFrames && !this.#fromClient.hasClosed) {
      this.#options.upstream.end(maskedCloseFrame(GOING_AWAY, 'gateway restart'));
    } else this.#options.upstream.end();
  }

  #onClientData(chunk: Buffer): void {
    const { client, upstream, metrics } = this.#options;
    this.#silentIntervals = 0;
    this.#idle?.refresh();
    this.#fromClient.scan(chunk);
    if (this.#fromClient.isBroken) {
      this.#cut('protocol');
      return;
    }
    if (this.#fromClient.hasClosed) this.#closer ??= 'client';
    // Once the tunnel ends, the client's last frame is only its answer to the goodbye.
    if (this.#reason !== undefined) {
      if (this.#fromClient.hasClosed) client.end();
      return;
    }
    metrics.transferred('upstream', chunk.length);
    if (!upstream.write(chunk)) client.pause();
  }

  #onUpstreamData(chunk: Buffer): void {
    const { upstream, metrics } = this.#options;
    this.#idle?.refresh();
    // After a close frame nothing may follow (RFC 6455, 5.5.1).
    if (this.#reason !== undefined && this.#farewell === undefined) return;
    const place = this.#toClient.scan(chunk);
    if (this.#toClient.isBroken) {
      this.#cut('protocol');
      return;
    }
    if (this.#toClient.hasClosed) this.#closer ??= 'upstream';
    if (this.#farewell !== undefined) {
      this.#finishFrame(chunk, place);
      return;
    }
    metrics.transferred('client', chunk.length);
    if (!this.#write(chunk, place)) upstream.pause();
  }

  #write(chunk: Buffer, place: number): boolean {
    const { client } = this.#options;
    if (!this.#isPingOwed || place === -1) return client.write(chunk);
    this.#isPingOwed = false;
    client.write(chunk.subarray(0, place));
    client.write(PING);
    return client.write(chunk.subarray(place));
  }

  /** Sends on what is left of the frame that was being sent when the tunnel began to end, then the goodbye. */
  #finishFrame(chunk: Buffer, place: number): void {
    const { client } = this.#options;
    if (place === -1) return void client.write(chunk);
    client.write(chunk.subarray(0, place));
    this.#sayFarewell();
  }

  #tick(): void {
    const { client } = this.#options;
    // A client that is not being read cannot be heard.
    if (this.#reason !== undefined || client.isPaused()) return;
    this.#silentIntervals += 1;
    // One that could not be asked, as an upstream stopped within a frame, is not to blame, unless it takes nothing either.
    const isToBlame = !this.#isPingOwed || client.writableNeedDrain;
    if (this.#silentIntervals >= SILENT_INTERVALS && isToBlame) {
      this.#cut('silent');
      return;
    }
    if (this.#toClient.isBetweenFrames) client.write(PING);
    else this.#isPingOwed = true;
  }

  #sideEnded(name: 'client' | 'upstream'): void {
    const { client, upstream } = this.#options;
    if (name === 'client') {
      this.#end('client');
      upstream.end();
      return;
    }
    // An upstream that went without a word is told of; after its own close frame there is nothing to add.
    const frame = this.#toClient.hasClosed ? undefined : closeFrame(BAD_GATEWAY, 'the service behind went away');
    this.#end('upstream', frame);
    if (frame === undefined || !this.#toClient.isBetweenFrames) client.end();
  }

  #sideClosed(name: 'client' | 'upstream'): void {
    const { client, upstream } = this.#options;
    this.#open -= 1;
    this.#end(name);
    (name === 'client' ? upstream : client).end();
    if (this.#open === 0) this.#settle();
  }

  /** The first reason counts. */
  #end(reason: TunnelCloseReason, farewell?: Buffer): void {
    if (this.#reason !== undefined) return;
    // Who sent a close frame first has ended it, whichever connection closes first.
    this.#reason = reason === 'client' || reason === 'upstream' ? (this.#closer ?? reason) : reason;
    clearInterval(this.#pings);
    clearTimeout(this.#idle);
    const { client, upstream } = this.#options;
    // A side that was held back is read again, or its end would never be seen.
    client.resume();
    upstream.resume();
    this.#deadline = setTimeout(() => this.#destroy(), CLOSING_MS);
    if (farewell === undefined || this.#toClient.hasClosed) return;
    this.#farewell = farewell;
    if (this.#toClient.isBetweenFrames) this.#sayFarewell();
  }

  /** The client answers with a close frame, and only then its side is ended. */
  #sayFarewell(): void {
    if (this.#farewell === undefined) return;
    this.#options.client.write(this.#farewell);
    this.#farewell = undefined;
    if (this.#fromClient.hasClosed) this.#options.client.end();
  }

  #cut(reason: TunnelCloseReason): void {
    this.#end(reason);
    this.#destroy();
  }

  #destroy(): void {
    this.#options.client.destroy();
    this.#options.upstream.destroy();
  }

  #settle(): void {
    clearTimeout(this.#deadline);
    this.#options.onOver(this.#reason ?? 'client');
  }
}
