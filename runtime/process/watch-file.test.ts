import { equal } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '../../compiler/testing/suite.ts';
import { within } from '../testing/servers.ts';
import { digestOf } from './load-policy.ts';
import { watchFile } from './watch-file.ts';

const EVERY_MS = 20;

/** Counts changes, and waits until there were so many. */
function watch(path: string, known: string, later: (cleanUp: () => Promise<unknown>) => void) {
  let changes = 0;
  const stop = watchFile({ path, known: digestOf(known), everyMs: EVERY_MS, digestOf, onChange: () => (changes += 1) });
  later(async () => stop());
  return {
    stop,
    async settlesAt(expected: number): Promise<void> {
      const until = performance.now() + 5_000;
      while (changes < expected && performance.now() < until) await sleep(EVERY_MS);
      await sleep(5 * EVERY_MS);
      equal(changes, expected);
    },
  };
}

function folderFor(later: (cleanUp: () => Promise<unknown>) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-watch-'));
  later(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('watch file', (it) => {
  it(
    'tells each new content once :: and nothing when it is only touched, or written again as it was',
    within(30_000, async (later) => {
      const path = join(folderFor(later), 'policy.json');
      writeFileSync(path, 'one');
      const watched = watch(path, 'one', later);
      await watched.settlesAt(0);
      utimesSync(path, 1, 1);
      await watched.settlesAt(0);
      writeFileSync(path, 'two');
      await watched.settlesAt(1);
      writeFileSync(path, 'two');
      await watched.settlesAt(1);
      writeFileSync(path, 'one');
      await watched.settlesAt(2);
      watched.stop();
      writeFileSync(path, 'three');
      await watched.settlesAt(2);
    }),
  );

  it(
    'sees a file that was replaced, and one that is gone and comes back',
    within(30_000, async (later) => {
      const path = join(folderFor(later), 'policy.json');
      writeFileSync(path, 'one');
      const watched = watch(path, 'one', later);
      writeFileSync(`${path}.next`, 'two');
      renameSync(`${path}.next`, path);
      await watched.settlesAt(1);
      rmSync(path);
      await watched.settlesAt(2);
      writeFileSync(path, 'two');
      await watched.settlesAt(3);
    }),
  );

  it(
    'sees a mounted ConfigMap change, where only a link above the file is swapped',
    within(30_000, async (later) => {
      const folder = folderFor(later);
      const publish = (version: string, text: string): void => {
        mkdirSync(join(folder, version));
        writeFileSync(join(folder, version, 'policy.json'), text);
        symlinkSync(version, join(folder, '..data_tmp'));
        renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      };
      publish('..2026_01', 'one');
      symlinkSync(join('..data', 'policy.json'), join(folder, 'policy.json'));
      const watched = watch(join(folder, 'policy.json'), 'one', later);
      await watched.settlesAt(0);
      publish('..2026_02', 'two');
      await watched.settlesAt(1);
    }),
  );
});
