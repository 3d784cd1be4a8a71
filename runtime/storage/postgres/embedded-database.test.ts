import { equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../../../compiler/testing/suite.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { keyedPolicy, makeKey, openReplica, until } from '../../testing/keys.ts';
import { within } from '../../testing/servers.ts';

describe('embedded database', (it) => {
  it(
    'keeps keys over a restart, tells of changes made by hand, and writes times of last use at the end',
    within(90_000, async (later) => {
      const folder = mkdtempSync(join(tmpdir(), 'seaworthy-keys-'));
      later(async () => rmSync(folder, { recursive: true, force: true }));
      const policy = keyedPolicy('http://127.0.0.1:9', { database: { embedded: 'allowed' } });
      const clock = createFakeClock();
      const open = () => openReplica(policy, {}, clock, later, join(folder, 'data'));
      const first = await open();
      const { keys, query } = first.identity;
      const [kept, ended] = [
        await makeKey(first, { label: 'kept', roles: ['writer'] }),
        await makeKey(first, { label: 'x' }),
      ];
      equal((await keys.verify(kept.text)).kind, 'known');
      equal((await keys.verify(ended.text)).kind, 'known');
      keys.used(kept.key.id);
      // The clock stands still: no cache time ends, so it was told.
      await query('update seaworthy_api_keys set revoked_at = now() where id = $1', [ended.key.id]);
      await until(async () => (await keys.verify(ended.text)).kind === 'denied');
      equal((await first.identity.apiKeys.rotate(kept.key.id, {}, { actor: 'test' })).kind, 'rotated');
      await first.identity.close();

      const second = await open();
      const verdict = await second.identity.keys.verify(kept.text);
      ok(verdict.kind === 'known' && verdict.principal.roles.join() === 'writer' && verdict.grace !== undefined);
      const found = await second.identity.apiKeys.get(kept.key.id);
      ok(found.kind === 'found');
      equal(found.key.lastUsedAtMs, clock.wallMs());
      equal(second.identity.state.primary.max, 1);
    }),
  );
});
