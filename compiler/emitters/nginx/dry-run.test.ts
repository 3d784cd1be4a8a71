/** A limit in a dry run, in a real nginx: it holds nobody back, and the access log tells whom it would have refused. */
import assert from 'node:assert/strict';
import { EDGE_SYSTEM } from '../../testing/edge-system.ts';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { emitter } from './emitter.ts';
import { runNginx } from './testing/run-nginx.ts';

describe('a dry run at the edge, by a real nginx', (it) => {
  it('refuses nobody, and logs what it would have refused :: the limits of other locations still hold', async () => {
    const spec = EDGE_SYSTEM.replace('zone: slow, per: client', 'zone: slow, dryRun: true, per: client');
    const edge = await runNginx(
      emitter.emit(modelOf(spec)),
      (request, response) => {
        request.resume();
        response.end('ok');
      },
      'api.harbour.example',
    );
    const ask = (path: string, client: string) => edge.ask(path, { headers: { 'x-forwarded-for': client } });
    const statuses = async (count: number, path: string, client: string) =>
      (await Promise.all(Array.from({ length: count }, () => ask(path, client)))).map(({ status }) => status);
    assert.deepEqual(await statuses(6, '/v1/limited', '203.0.113.50'), [200, 200, 200, 200, 200, 200]);
    assert.ok((await statuses(40, '/v1/items', '203.0.113.51')).includes(429));
    let rehearsed: readonly string[] = [];
    // nginx writes the lines when the answers are already here.
    for (let tries = 0; rehearsed.length < 4 && tries < 200; tries += 1) {
      rehearsed = edge.log().filter((line) => line.includes('203.0.113.50') && line.includes('REJECTED_DRY_RUN'));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(rehearsed.length, 4);
  });
});
