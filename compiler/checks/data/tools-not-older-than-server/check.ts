/**
 * data/tools-not-older-than-server
 *
 * Owns one claim: the image that makes a backup is not older than the server that it reads. Only images that are named after the engine say
 * by their tag which tools they hold; of others nothing is known.
 */
import { engineOf } from '../../../../schemas/engines/index.ts';
import type { Check, Finding } from '../../check.ts';

export const toolsNotOlderThanServer: Check = {
  id: 'data/tools-not-older-than-server',
  code: 'SW-461',
  severity: 'error',
  title: 'The tools of a backup are older than their server',
  why: '`pg_dump` refuses a server of a newer major version, and older readers do not know the newer formats of Redis and Qdrant, so every backup or every restore fails.',
  hint: 'Use an image of the version of the server, or a newer one.',
  run: ({ datastores }) =>
    datastores.flatMap(({ engine, version, backup, origin }): Finding[] => {
      const { tools } = engineOf(engine);
      if (tools === undefined || version === undefined || backup?.image === undefined) return [];
      const tag = tagOf(backup.image, tools.names);
      const [server, client] = [numbersOf(version, tools.parts), tag === undefined ? [] : numbersOf(tag, tools.parts)];
      if (tag === undefined || !isOlder(client, server)) return [];
      const wanted = server.join('.');
      return [
        {
          at: backup.origin.of('image'),
          message: `the backup image holds ${tools.title} ${client.join('.')}, and the server is ${wanted}`,
          hint: `Use an image of ${tools.title} ${wanted} or later, such as \`${backup.image.replace(/[:@].*/, '')}:${wanted}\`.`,
          related: [{ at: origin.of('version'), note: 'the version of the server' }],
        },
      ];
    }),
};

/** The tag of an image that is named after its engine. */
function tagOf(image: string, names: RegExp): string | undefined {
  const [, name = '', tag] = /([^/@:]+)(?::([^/@:]+))?(?:@.*)?$/.exec(image) ?? [];
  return names.test(name) ? tag : undefined;
}

/** The first numbers of a version; none when it does not begin with one, as `latest`. */
const numbersOf = (text: string, parts: number): readonly number[] =>
  (/^v?(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? '')
    .split('.')
    .filter((part) => part !== '')
    .slice(0, parts)
    .map(Number);

/** Compares as far as both say something. */
function isOlder(client: readonly number[], server: readonly number[]): boolean {
  for (const [index, number] of client.entries()) {
    const other = server[index] ?? number;
    if (number !== other) return number < other;
  }
  return false;
}
