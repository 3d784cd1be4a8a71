/**
 * The script of Qdrant, run against a server that answers the three calls of its snapshot API (qdrant.tech, "Snapshots").
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SkipTest } from '../../../testing/skip-test.ts';
import { describe } from '../../../testing/suite.ts';
import { backupScript } from './script.ts';

const SNAPSHOT = 'all the vectors';
const SUM = createHash('sha256').update(SNAPSHOT).digest('hex');

interface Outcome {
  readonly status: number | null;
  readonly calls: readonly string[];
  readonly stored: readonly string[];
  readonly content: string;
}

/** Backs up a server whose snapshot has this digest and this body. */
async function backUp({ checksum = SUM, body = SNAPSHOT, key = 'open' } = {}): Promise<Outcome> {
  const calls: string[] = [];
  const server = createServer(({ method, url, headers }, response) => {
    if (headers['api-key'] !== 'open') return response.writeHead(403).end();
    calls.push(`${method} ${url}`);
    if (method !== 'POST') return response.end(method === 'GET' ? body : '');
    return response.end(
      JSON.stringify({ result: { name: 'full-1.snapshot', size: body.length, checksum }, status: 'ok' }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const root = mkdtempSync(join(tmpdir(), 'qdrant-'));
  const destination = join(root, 'destination');
  const work = join(root, 'work');
  for (const folder of [destination, work]) mkdirSync(folder);
  const status = await run({
    BACKUP_NAME: 'vectors',
    BACKUP_WORK: work,
    BACKUP_DESTINATION: destination,
    BACKUP_RETENTION_MINUTES: '1440',
    CREDENTIALS: key,
    PATH: process.env['PATH'] ?? '',
    QDRANT_URL: `http://127.0.0.1:${address.port}`,
  });
  server.close();
  const stored = readdirSync(destination);
  const [file] = stored;
  const content = file === undefined ? '' : readFileSync(join(destination, file), 'utf8');
  rmSync(root, { recursive: true });
  return { status, calls, stored, content };
}

function run(env: Readonly<Record<string, string>>): Promise<number | null> {
  const child = spawn('sh', ['-c', backupScript('qdrant-snapshot', 'filesystem')], { env, stdio: 'ignore' });
  return new Promise((resolve) => child.on('close', resolve));
}

describe('kubernetes/backup/script for Qdrant', (it) => {
  if (spawnSync('curl', ['--version']).status !== 0) throw new SkipTest('curl is not installed');

  it('stores the snapshot and removes it from the server', async () => {
    const { status, calls, content } = await backUp();
    assert.equal(status, 0);
    assert.deepEqual(calls, [
      'POST /snapshots?wait=true',
      'GET /snapshots/full-1.snapshot',
      'DELETE /snapshots/full-1.snapshot',
    ]);
    assert.equal(content, SNAPSHOT);
  });

  it('fails and stores nothing :: the download is not the snapshot', async () => {
    const { status, stored } = await backUp({ body: 'half the vec' });
    assert.equal(status, 1);
    assert.deepEqual(stored, []);
  });

  it('fails and stores nothing :: the key is refused', async () => {
    const { status, stored } = await backUp({ key: 'wrong' });
    assert.equal(status, 1);
    assert.deepEqual(stored, []);
  });
});
