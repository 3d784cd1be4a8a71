/**
 * The head of a response, written to Node so that it leaves as it was meant.
 *
 * Owns three habits of Node: `writeHead` reads Content-Disposition a second time as Latin-1 once it has seen a length, which
 * breaks every file name that is not ASCII; it keeps the reason phrase of a head that could not be written; and `flushHeaders`
 * sends a head as UTF-8, although its text is bytes. The reason phrase is always the standard one: HTTP/2 has none, and what a stranger wrote there says nothing (RFC 9112, 4).
 */
import { type ServerResponse, STATUS_CODES } from 'node:http';

export type HeadFields = (string | string[])[];

/** The head of a response as it came from who is behind: names in lower case. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** `fields`: name in lower case, value, name, value. Throws where HTTP does not allow the head. */
export function writeHead(res: ServerResponse, status: number, fields: HeadFields): void {
  res.writeHead(status, STATUS_CODES[status] ?? '', lengthLast(fields));
}

/** Sends the head before there is a body. One that will have none leaves with its end. */
export function flushHead(res: ServerResponse): void {
  // Behind bytes Node sends the head as Latin-1, and so every byte as it came.
  res.write(NOTHING);
}

const NOTHING = Buffer.alloc(0);

/** Content-Length behind everything else, where that matters. */
function lengthLast(fields: HeadFields): HeadFields {
  if (indexOf(fields, 'content-disposition') === -1) return fields;
  const index = indexOf(fields, 'content-length');
  if (index === -1 || index === fields.length - 2) return fields;
  return [...fields.slice(0, index), ...fields.slice(index + 2), ...fields.slice(index, index + 2)];
}

function indexOf(fields: HeadFields, name: string): number {
  for (let index = 0; index < fields.length; index += 2) if (fields[index] === name) return index;
  return -1;
}
