/**
 * The compiler's list of what a policy asks for, against the start of the runtime: with all of it the runtime starts, and without any one
 * that the list calls necessary it does not.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { documentOf, gatewayContract, type SpecParts } from '../../compiler/testing/cluster-spec.ts';
import { describe } from '../../compiler/testing/suite.ts';
import { createRuntime } from '../process/create-runtime.ts';
import { loadPolicy } from '../process/load-policy.ts';
import { within } from '../testing/servers.ts';

const POSTGRES = documentOf(
  'Datastore',
  'keys',
  'engine: postgresql\ncredentials: { name: keys, key: url }\nmaxConnections: 99\ndurable: false',
);
const REDIS = documentOf('Datastore', 'counters', 'engine: redis\ncredentials: { name: counters, key: url }');
const KEYED = 'routes: [{ path: /v1, auth: api-key }]';

const SPECS: Readonly<Record<string, SpecParts>> = {
  'nothing but open routes': {},
  'keys in PostgreSQL': { gateway: 'uses: [{ use: keys, pool: 5 }]', routes: KEYED, documents: [POSTGRES] },
  'counters in Redis': { gateway: 'uses: [{ use: counters }]', documents: [REDIS] },
  'both, a rule of its own and signatures': {
    gateway:
      'uses: [{ use: keys, pool: 5 }, { use: counters }]\nruntime: { signing: { secrets: [SIGN_A, SIGN_B] }, environment: [{ name: REGION }] }',
    routes: 'routes: [{ path: /v1, auth: signature }, { path: /v2, auth: api-key }]',
    documents: [POSTGRES, REDIS],
  },
};

/** Something of the right form, behind which nothing answers. */
const value = (name: string): string =>
  name === 'DATABASE_URL'
    ? 'postgresql://127.0.0.1:1/none'
    : name === 'REDIS_URL'
      ? 'redis://127.0.0.1:1'
      : 'x'.repeat(40);

/** Why it does not start; empty when it does. */
async function start(text: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const loaded = loadPolicy(text);
  if (loaded.kind === 'invalid') return loaded.problems;
  const port = { host: '127.0.0.1', port: 0 };
  const policy = { ...loaded.policy, listen: port, admin: port, ...(loaded.policy.egress && { egress: port }) };
  const runtime = createRuntime({ policy, digest: 'd', env, log: { write: () => undefined } });
  const result = await runtime.start();
  await runtime.stop();
  return result.kind === 'refused' ? result.reasons : [];
}

describe('required variables', (it) => {
  for (const [title, parts] of Object.entries(SPECS)) {
    it(
      `are what the runtime insists on, no more and no less :: ${title}`,
      within(30_000, async () => {
        const { policy, required } = gatewayContract(parts);
        const needed = required.filter(({ without }) => without === 'no start');
        const all = Object.fromEntries(needed.map(({ names }) => [names[0] ?? '', value(names[0] ?? '')]));
        deepEqual(await start(policy, all), []);
        for (const { names } of needed) {
          const reasons = await start(
            policy,
            Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name))),
          );
          ok(
            reasons.some((reason) => names.every((name) => reason.includes(name))),
            `${names.join()}: ${reasons.join()}`,
          );
        }
      }),
    );
  }

  it('are several where the policy uses several', () => {
    const last = gatewayContract(SPECS['both, a rule of its own and signatures'] ?? {}).required;
    equal(
      last.map(({ names }) => names.join('|')).join(' '),
      'DATABASE_URL API_KEY_PEPPER REDIS_URL SIGN_A|SIGN_B REGION',
    );
  });
});
