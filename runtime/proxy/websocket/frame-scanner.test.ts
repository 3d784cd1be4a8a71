import { deepEqual, equal, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe } from '../../../compiler/testing/suite.ts';
import { FrameScanner } from './frame-scanner.ts';

function frame(opcode: number, length: number, isMasked: boolean): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const size =
    length < 126
      ? Buffer.from([mask | length])
      : length < 65_536
        ? Buffer.from([mask | 126, length >> 8, length & 0xff])
        : Buffer.from([
            mask | 127,
            0,
            0,
            0,
            0,
            length >>> 24,
            (length >> 16) & 0xff,
            (length >> 8) & 0xff,
            length & 0xff,
          ]);
  return Buffer.concat([
    Buffer.from([0x80 | opcode]),
    size,
    isMasked ? randomBytes(4) : Buffer.alloc(0),
    randomBytes(length),
  ]);
}

const LENGTHS = [0, 1, 2, 125, 126, 127, 300, 65_535, 65_536, 70_001];

describe('frame scanner', (it) => {
  it('knows where frames begin, however the bytes are cut', () => {
    const frames = LENGTHS.flatMap((length) => [frame(2, length, true), frame(1, length, false)]);
    const bytes = Buffer.concat(frames);
    const starts = new Set<number>([0]);
    let at = 0;
    for (const one of frames) {
      at += one.length;
      starts.add(at);
    }
    for (const size of [1, 2, 3, 7, 64, 999, 65_536, bytes.length]) {
      const scanner = new FrameScanner();
      for (let from = 0; from < bytes.length; from += size) {
        const chunk = bytes.subarray(from, from + size);
        const inside = [...starts].filter((start) => start >= from && start <= from + chunk.length);
        const place = scanner.scan(chunk);
        equal(place === -1 ? undefined : from + place, inside.at(-1), `${size} bytes from ${from}`);
        equal(scanner.isBetweenFrames, starts.has(from + chunk.length));
      }
      equal(scanner.hasClosed, false);
    }
  });

  it('sees a close frame, and only that', () => {
    const scanner = new FrameScanner();
    scanner.scan(Buffer.concat([frame(9, 0, true), frame(10, 4, true), Buffer.from([0x82, 0x02, 0x88, 0x88])]));
    equal(scanner.hasClosed, false);
    scanner.scan(frame(8, 2, true));
    equal(scanner.hasClosed, true);
  });

  it('gives up on a length that no frame may have', () => {
    const scanner = new FrameScanner();
    const place = scanner.scan(Buffer.from([0x82, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]));
    deepEqual([place, scanner.isBroken, scanner.isBetweenFrames], [-1, true, false]);
    const near = new FrameScanner();
    near.scan(Buffer.from([0x82, 0x7f, 0, 0, 1, 0, 0, 0, 0, 0]));
    ok(!near.isBroken);
  });
});
