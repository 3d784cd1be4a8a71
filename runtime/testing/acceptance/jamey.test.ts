/** Jamey's breakers with the figures that are compiled, in the library form in which its services use them. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { createProviders } from '../../create-providers.ts';
import { isProviderUnavailable } from '../../features/providers/provider-unavailable.ts';
import { compiledSystem } from '../compiled.ts';
import { createFakeTime, settled } from '../fake-time.ts';

describe('Jamey in production', (it) => {
  it('[JAM-106] [JAM-107] [JAM-108] [JAM-109] a breaker opens after 5 failures for 30 s, and a probe has 60 s :: OpenRouter and MQTT, as compiled', async () => {
    const policy = compiledSystem('jamey', 'production').policy();
    for (const provider of ['openrouter', 'mqtt']) {
      const breaker = policy.providers[provider]?.breaker;
      deepEqual(breaker, { consecutiveFailures: 5, openMs: 30_000, halfOpenMs: 60_000, halfOpenProbes: 1 });
      const time = createFakeTime();
      const client = createProviders(policy, { clock: time, schedule: time.schedule });
      const state = () => client.breakers.list().find(({ name }) => name === provider)?.state;
      let reached = 0;
      let answer: () => Promise<string> = () => Promise.reject(new Error('down'));
      const run = () => {
        reached += 1;
        return answer();
      };
      /** The reason why a call was not made; else what came of it. */
      const call = (): Promise<unknown> =>
        client.call<string>(provider, run).catch((error: unknown) => {
          return isProviderUnavailable(error) ? error.reason : 'failed';
        });
      for (let count = 0; count < 4; count += 1) equal(await call(), 'failed');
      equal(state(), 'closed');
      equal(await call(), 'failed');
      deepEqual([state(), await call(), reached], ['open', 'open', 5]);
      const startedMs = performance.now();
      for (let count = 0; count < 50; count += 1) equal(await call(), 'open');
      ok((performance.now() - startedMs) / 50 < 5, 'each in less than 5 ms');

      await time.advance(29_999);
      deepEqual([await call(), reached], ['open', 5]);
      await time.advance(1);
      answer = () => new Promise<string>(() => undefined);
      const calls = Array.from({ length: 50 }, call);
      await settled();
      deepEqual([state(), reached], ['half-open', 6]);
      await time.advance(59_999);
      equal(state(), 'half-open');
      await time.advance(1);
      equal(state(), 'open');
      await Promise.all(calls);

      // The time is counted anew.
      answer = () => Promise.resolve('well again');
      await time.advance(29_999);
      deepEqual([await call(), reached], ['open', 6]);
      await time.advance(1);
      deepEqual([await call(), state(), reached], ['well again', 'closed', 7]);
      equal(client.breakers.list().find(({ name }) => name === provider)?.consecutiveFailures, 0);
    }
  });
});
