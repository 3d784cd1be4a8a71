/** Reads protobuf as far as OTLP needs it (https://protobuf.dev/programming-guides/encoding/): fields by number. */

export type Fields = ReadonlyMap<number, readonly (Buffer | bigint)[]>;

export function readFields(bytes: Buffer): Fields {
  const fields = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Number(tag >> 3n);
    const known = fields.get(field) ?? [];
    fields.set(field, known);
    switch (Number(tag & 7n)) {
      case 0:
        known.push(varint());
        break;
      case 1:
        known.push(take(8));
        break;
      case 2:
        known.push(take(Number(varint())));
        break;
      case 5:
        known.push(take(4));
        break;
      default:
        throw new Error(`protobuf: wire type ${tag & 7n}`);
    }
  }
  return fields;
}

/** The messages or byte strings of a field. */
export function bytesOf(fields: Fields, field: number): readonly Buffer[] {
  return (fields.get(field) ?? []).filter((value) => Buffer.isBuffer(value));
}

export function messagesOf(fields: Fields, field: number): readonly Fields[] {
  return bytesOf(fields, field).map(readFields);
}

export function textOf(fields: Fields, field: number): string {
  return bytesOf(fields, field)[0]?.toString('utf8') ?? '';
}

export function hexOf(fields: Fields, field: number): string {
  return bytesOf(fields, field)[0]?.toString('hex') ?? '';
}

export function numberOf(fields: Fields, field: number): number {
  const value = fields.get(field)?.[0];
  return typeof value === 'bigint' ? Number(value) : 0;
}
