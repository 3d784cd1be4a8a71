import { equal, match, ok } from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../../compiler/testing/suite.ts';
import { openLogDestination } from './open-log-destination.ts';

function withFile(run: (fd: number, read: () => string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seaworthy-log-'));
    const path = join(folder, 'log');
    const fd = openSync(path, 'w');
    try {
      await run(fd, () => readFileSync(path, 'utf8'));
    } finally {
      closeSync(fd);
      rmSync(folder, { recursive: true });
    }
  };
}

const lines = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `{"line":${from + index},"ä":"✓"}\n`);

describe('log destination', (it) => {
  it(
    'writes all lines in order',
    withFile(async (fd, read) => {
      const file = openLogDestination(fd);
      const all = lines(0, 5_000);
      for (const line of all) {
        file.write(line);
        if (line.includes('00,')) await new Promise((resolve) => setImmediate(resolve));
      }
      await file.close();
      equal(read(), all.join(''));
      equal(file.droppedLines, 0);
    }),
  );

  it(
    'writes what waits within its time, without being asked',
    withFile(async (fd, read) => {
      openLogDestination(fd).write('one line\n');
      equal(read(), '');
      for (let waited = 0; read() === '' && waited < 5_000; waited += 50) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      equal(read(), 'one line\n');
    }),
  );

  it(
    'writes what waits at once when the process ends',
    withFile(async (fd, read) => {
      const file = openLogDestination(fd);
      file.write('last words\n');
      file.flushSync();
      equal(read(), 'last words\n');
      file.flushSync();
      equal(read(), 'last words\n');
    }),
  );

  it('loses lines and counts them when the disk is full, and says so once', async () => {
    const fd = openSync('/dev/full', 'w');
    const said: string[] = [];
    const file = openLogDestination(fd, (text) => said.push(text));
    for (let round = 0; round < 3; round += 1) {
      for (const line of lines(0, 1_000)) file.write(line);
      await file.close();
    }
    equal(file.droppedLines, 3_000);
    equal(said.length, 1);
    match(said[0] ?? '', /ENOSPC/);
    closeSync(fd);
  });

  it(
    'holds only so much, however much is written before the first byte leaves',
    withFile(async (fd) => {
      const file = openLogDestination(fd, () => undefined);
      const line = `${'x'.repeat(1_000)}\n`;
      for (let count = 0; count < 10_000; count += 1) file.write(line);
      ok(file.droppedLines > 5_000 && file.droppedLines < 6_000, `${file.droppedLines} lost`);
      await file.close();
    }),
  );
});
