/** Jamey's way out to its language models as it is compiled for production: OpenRouter behind a breaker, Ollama when it is open. */
import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { ask, metric, statuses } from '../egress.ts';
import { createSkippingClock } from '../fake-clock.ts';
import { type ProviderStub, startProvider } from '../provider-stub.ts';
import { startGateway, within } from '../servers.ts';

const fail: ProviderStub['respond'] = (_req, res) => void res.writeHead(500).end('broken');

describe('Jamey and its language models', (it) => {
  it(
    '[JAM-103] [JAM-105] after five failures no call reaches OpenRouter for 30 s, and Ollama answers :: marked as degraded and counted',
    within(40_000, async (later) => {
      const openrouter = await startProvider(later, { respond: fail });
      const ollama = await startProvider(later, { respond: (_req, res) => void res.end('from ollama') });
      const policy = compiledSystem('jamey', 'production').policy(undefined, {
        '/providers/openrouter/targets/0/url': `${openrouter.url}/api`,
        '/providers/ollama/targets/0/url': ollama.url,
      });
      const clock = createSkippingClock();
      const secrets = testSecrets();
      const gateway = await startGateway(policy, later, { env: secrets, clock });
      const PATH = '/openrouter/v1/chat/completions';
      deepEqual(await statuses(gateway, PATH, 5), [500, 500, 500, 500, 500]);
      equal(openrouter.seen[0]?.url, '/api/v1/chat/completions');
      equal(openrouter.seen[0]?.headers['authorization'], `Bearer ${secrets['OPENROUTER_API_KEY']}`);
      equal(await metric(gateway, 'breaker_state{kind="provider",name="openrouter"}'), 2);

      const response = await ask(gateway, PATH, { method: 'POST', body: 'question' });
      deepEqual([response.status, await response.text()], [200, 'from ollama']);
      equal(response.headers.get('x-degraded'), 'fallback=ollama');
      equal(ollama.seen[0]?.headers['authorization'], undefined, 'the key is for OpenRouter alone');
      equal(openrouter.calls, 5);
      equal(await metric(gateway, 'fallback_total{provider="openrouter",fallback="ollama"}'), 1);

      clock.advance(30_000);
      openrouter.respond = (_req, res) => void res.end('well again');
      equal(await (await ask(gateway, PATH)).text(), 'well again');
    }),
  );
});
