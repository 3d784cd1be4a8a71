/**
 * The place of the first byte that is no UTF-8, for an error that can be acted on.
 *
 * Owns the table of well-formed sequences (Unicode 15, table 3-7). The platform's decoder says that bytes are bad, but not where.
 */

/** The offset of the first byte of the first ill-formed sequence; undefined when all bytes are UTF-8. */
export function invalidUtf8Position(bytes: Uint8Array): number | undefined {
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return undefined;
}

/** The length of the well-formed sequence that starts here, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const shape = SHAPES.find(({ from, to }) => lead >= from && lead <= to);
  if (!shape) return 0;
  const second = bytes[at + 1] ?? 0;
  if (second < shape.low || second > shape.high) return 0;
  for (let i = 2; i < shape.length; i++) {
    const next = bytes[at + i] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return shape.length;
}

// The narrower second bytes shut out overlong forms, surrogates and what lies beyond U+10FFFF.
const SHAPES = [
  { from: 0xc2, to: 0xdf, length: 2, low: 0x80, high: 0xbf },
  { from: 0xe0, to: 0xe0, length: 3, low: 0xa0, high: 0xbf },
  { from: 0xe1, to: 0xec, length: 3, low: 0x80, high: 0xbf },
  { from: 0xed, to: 0xed, length: 3, low: 0x80, high: 0x9f },
  { from: 0xee, to: 0xef, length: 3, low: 0x80, high: 0xbf },
  { from: 0xf0, to: 0xf0, length: 4, low: 0x90, high: 0xbf },
  { from: 0xf1, to: 0xf3, length: 4, low: 0x80, high: 0xbf },
  { from: 0xf4, to: 0xf4, length: 4, low: 0x80, high: 0x8f },
] as const;
