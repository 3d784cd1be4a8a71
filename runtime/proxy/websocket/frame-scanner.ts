/**
 * Follows WebSocket frames (RFC 6455, 5.2) through a stream of bytes without holding any of their payload.
 *
 * Owns where one frame ends and the next begins, in one direction: only there may a frame of the runtime's own be put
 * between, also inside a message of several frames (5.4). What frames say is between client and upstream.
 */

/** Opcode of a frame that ends the tunnel in an orderly way. */
const CLOSE = 0x8;
const LONGEST_HEAD = 10;

export class FrameScanner {
  readonly #head = Buffer.alloc(LONGEST_HEAD);
  #headBytes = 0;
  /** What is left of mask and payload of the current frame. */
  #left = 0;
  /** Whether the bytes cannot be frames: a length that no frame may have. */
  isBroken = false;
  hasClosed = false;

  /** Whether the next byte begins a frame. */
  get isBetweenFrames(): boolean {
    return !this.isBroken && this.#headBytes === 0 && this.#left === 0;
  }

  /** Takes the next bytes, and gives the last place among them at which a frame begins or could; -1 for none. */
  scan(chunk: Buffer): number {
    let place = this.isBetweenFrames ? 0 : -1;
    let index = 0;
    while (index < chunk.length && !this.isBroken) {
      if (this.#left > 0) {
        const passed = Math.min(this.#left, chunk.length - index);
        this.#left -= passed;
        index += passed;
      } else {
        this.#takeHead(chunk[index] ?? 0);
        index += 1;
      }
      if (this.isBetweenFrames) place = index;
    }
    return this.isBroken ? -1 : place;
  }

  #takeHead(byte: number): void {
    this.#head[this.#headBytes] = byte;
    this.#headBytes += 1;
    if (this.#headBytes < 2) return;
    const second = this.#head[1] ?? 0;
    const short = second & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (this.#headBytes < 2 + extended) return;
    const length = extended === 0 ? short : extended === 2 ? this.#head.readUInt16BE(2) : this.#readLongLength();
    if (((this.#head[0] ?? 0) & 0x0f) === CLOSE) this.hasClosed = true;
    this.#headBytes = 0;
    this.#left = length + ((second & 0x80) === 0 ? 0 : 4);
  }

  #readLongLength(): number {
    const length = this.#head.readBigUInt64BE(2);
    if (length <= BigInt(Number.MAX_SAFE_INTEGER - 4)) return Number(length);
    this.isBroken = true;
    return 0;
  }
}
