/** What is left of the bytes of an upstream, wherever the network divides them. */
import { equal } from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe } from '../../compiler/testing/suite.ts';
import { dropInformational } from './informational-answers.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const EARLY = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';

/** A connection of undici's, on which one question after the other is asked. */
function openConnection() {
  const socket = new Socket();
  let arrived: Buffer | null = null;
  socket.read = () => arrived;
  dropInformational(socket);
  return {
    ask: () => channel('undici:client:sendHeaders').publish({ socket }),
    /** What undici reads while these pieces arrive. */
    take: (pieces: readonly string[]): string =>
      pieces
        .map((piece) => {
          arrived = Buffer.from(piece, 'latin1');
          const read: unknown = socket.read();
          return Buffer.isBuffer(read) ? read.toString('latin1') : '';
        })
        .join(''),
  };
}

/** The same bytes, cut at these places. */
function cut(text: string, places: readonly number[]): readonly string[] {
  const ends = [...new Set([...places.map((place) => place % (text.length + 1)), text.length])].sort((a, b) => a - b);
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end)).filter((piece) => piece !== '');
}

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const places = fc.array(fc.nat(), { maxLength: 12 });
const line = fc.constantFrom('Link: </a>; rel=preload', 'X: y', 'HTTP: /1.1 200 OK', 'Content-Length: 9', 'Odd: \xfc');
const informational = fc
  .tuple(fc.constantFrom('1.1', '1.0'), fc.constantFrom('100 Continue', '100', '102 Processing', '103 ', '199 Odd'))
  .chain(([version, status]) =>
    fc.array(line, { maxLength: 3 }).map((lines) => `${[`HTTP/${version} ${status}`, ...lines].join('\r\n')}\r\n\r\n`),
  );
const informationals = fc.array(informational, { maxLength: 4 }).map((heads) => heads.join(''));
/** Bodies and bytes of tunnels, which may look like a head. */
const content = fc.oneof(
  fc.array(byte, { maxLength: 60 }).map((bytes) => bytes.join('')),
  fc.constantFrom(EARLY, OK, 'HTTP/1.1 1', `x${EARLY}`),
);
const answer = fc
  .tuple(fc.constantFrom('200 OK', '204 No Content', '404 Not Found', '101 Switching Protocols', '101'), content)
  .map(([status, after]) => `HTTP/1.1 ${status}\r\nX: y\r\n\r\n${after}`);

describe('informational answers', (it) => {
  it('are gone, and the answer has every byte, wherever the bytes are divided :: also a tunnel, and what follows its head', () => {
    fc.assert(
      fc.property(informationals, answer, places, (before, final, at) => {
        const { ask, take } = openConnection();
        ask();
        equal(take(cut(before + final, at)), final);
      }),
      { numRuns: 2_000 },
    );
  });

  it('byte by byte too', () => {
    const { ask, take } = openConnection();
    ask();
    equal(
      take([...`${EARLY}${EARLY}HTTP/1.1 101 Switching Protocols\r\n\r\n${EARLY}`]),
      `HTTP/1.1 101 Switching Protocols\r\n\r\n${EARLY}`,
    );
  });

  it('are looked for after each question, and never within an answer', () => {
    fc.assert(
      fc.property(informationals, answer, content, places, (before, final, more, at) => {
        const { ask, take } = openConnection();
        ask();
        equal(take(cut(before + final, at)), final);
        equal(take(cut(more, at)), more);
        ask();
        equal(take(cut(before + final, at)), final);
      }),
    );
  });

  it('whatever comes, the cuts make no difference', () => {
    const any = fc.array(fc.oneof(informational, answer, content, fc.constantFrom('\n', '\r\n', 'HTTP/1.1 1')), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(any, places, (parts, at) => {
        const [whole, divided] = [openConnection(), openConnection()];
        for (const { ask } of [whole, divided]) ask();
        const text = parts.join('');
        // What is held back at the end is held back of both.
        equal(divided.take(cut(text, at)), whole.take([text]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('end somewhere :: a head that is too long is left to undici, in one piece or in many', () => {
    const long = `HTTP/1.1 103 Early Hints\r\nLink: ${'a'.repeat(17_000)}\r\n\r\n${OK}`;
    for (const pieces of [[long], cut(long, [1, 500, 16_383, 16_384, 16_385, 17_000])]) {
      const { ask, take } = openConnection();
      ask();
      equal(take(pieces), long);
    }
  });

  it('with bare line feeds are left to undici, and take nothing of the answer with them', () => {
    const odd = `HTTP/1.1 103 Early Hints\nLink: </a>\n\n${OK}`;
    for (const pieces of [[odd], [...odd]]) {
      const { ask, take } = openConnection();
      ask();
      equal(take(pieces), odd);
    }
  });
});
