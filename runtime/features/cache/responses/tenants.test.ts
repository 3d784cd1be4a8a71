import { equal, match, ok } from 'node:assert/strict';
import { describe } from '../../../../compiler/testing/suite.ts';
import { startCachedGateway } from '../../../testing/cached-gateway.ts';
import { testCacheUse } from '../../../testing/policy.ts';
import { within } from '../../../testing/servers.ts';

const PEPPER = 'a pepper of thirty-two characters or more';

describe('cache isolation (OWASP API1)', (it) => {
  it(
    '[SIM-116] keeps answers by tenant and by user :: no credential reads what another was answered',
    within(60_000, async (later) => {
      const { gateway, get, calls } = await startCachedGateway(
        later,
        (req, res) => {
          const { 'x-consumer-tenant': tenant, 'x-consumer-user': user, 'x-consumer-key-id': key } = req.headers;
          res.end(`${tenant}/${user}/${tenant === undefined ? key : ''}`);
        },
        {
          route: { auth: 'api-key', cache: testCacheUse({ by: ['user'] }) },
          options: { env: { API_KEY_PEPPER: PEPPER } },
        },
      );
      const issue = async (key: { tenant?: string; user?: string }) => {
        const issued = await gateway.runtime.issueApiKey({ label: 'test', ...key });
        ok(issued !== undefined);
        return issued;
      };
      const read = async (key: string, headers: Record<string, string> = {}) => {
        const response = await get('', { headers: { 'x-api-key': key, ...headers } });
        return { status: response.status, text: await response.text(), how: response.headers.get('cache-status') };
      };
      const jo = await issue({ tenant: 'acme', user: 'jo' });
      const joAgain = await issue({ tenant: 'acme', user: 'jo' });
      const kim = await issue({ tenant: 'acme', user: 'kim' });
      const rival = await issue({ tenant: 'rival', user: 'jo' });
      const loner = await issue({});
      const otherLoner = await issue({});

      equal((await read(jo.text)).text, 'acme/jo/');
      const shared = await read(joAgain.text);
      match(shared.how ?? '', /hit/);
      equal(shared.text, 'acme/jo/');
      equal((await read(kim.text)).text, 'acme/kim/');
      equal((await read(rival.text)).text, 'rival/jo/');
      equal((await read(loner.text)).text, `undefined/undefined/${loner.id}`);
      equal((await read(otherLoner.text)).text, `undefined/undefined/${otherLoner.id}`);
      equal(calls(), 5);
      // What a caller says about himself changes nothing.
      equal((await read(rival.text, { 'x-consumer-tenant': 'acme', 'x-tenant-id': 'acme' })).text, 'rival/jo/');
      // No credential and a revoked one get nothing, however much is kept.
      equal((await get()).status, 401);
      await gateway.runtime.revokeApiKey(jo.id);
      equal((await read(jo.text)).status, 401);
      equal((await read(joAgain.text)).text, 'acme/jo/');
    }),
  );
});
