import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { COMPILED_TREES, type CompiledTree } from '../../compiler/testing/compiled-system.ts';
import { describe } from '../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { createRuntime } from '../process/create-runtime.ts';
import { loadPolicy } from '../process/load-policy.ts';
import { compiledSystem } from '../testing/compiled.ts';
import { testPolicy, testRoute } from '../testing/policy.ts';
import { within } from '../testing/servers.ts';
import { issueDemoKey } from './demo-key.ts';
import { startFakes } from './fakes.ts';
import { prepareTrial } from './prepare-trial.ts';

const FAKES = { upstreams: { main: 'http://127.0.0.1:1' }, providers: { llm: 'http://127.0.0.1:2' } };
const ANY = { listen: 0, admin: 0, egress: 0 };

function compiled({ system, environment }: CompiledTree): RuntimePolicy {
  const loaded = loadPolicy(compiledSystem(system, environment).read('runtime/policy.json'));
  ok(loaded.kind === 'policy', `${system} ${environment}`);
  return loaded.policy;
}

/** A busy machine sheds what is less important for a while, and says so. */
async function askAgain(url: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  for (let tries = 0; tries < 20; tries += 1) {
    const answer = await fetch(url, { headers });
    if (answer.status !== 503) return answer;
    await answer.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return fetch(url, { headers });
}

function onAnyPort(policy: RuntimePolicy): RuntimePolicy {
  const { listen, admin, egress } = policy;
  return {
    ...policy,
    listen: { ...listen, port: ANY.listen },
    admin: { ...admin, port: ANY.admin },
    ...(egress === undefined ? {} : { egress: { ...egress, port: ANY.egress } }),
  };
}

describe('every system in every environment can be tried', (it) => {
  it('there are twelve', () => equal(COMPILED_TREES.length, 12));

  for (const tree of COMPILED_TREES) {
    it(
      `starts with nothing set, is ready, and every service answers :: ${tree.system} ${tree.environment}`,
      within(60_000, async (later) => {
        const policy = compiled(tree);
        const fakes = await startFakes(policy);
        later(() => fakes.close());
        const trial = prepareTrial(policy, {}, fakes);
        const served = onAnyPort(trial.policy);
        const runtime = createRuntime({ policy: served, digest: 'd', env: trial.env, log: { write: () => undefined } });
        later(() => runtime.stop());
        const started = await runtime.start();
        ok(started.kind === 'started', JSON.stringify(started));
        equal((await fetch(`${started.adminUrl}${served.health.ready}`)).status, 200);
        const token = trial.env[policy.auth.admin.env] ?? '';
        const key = await issueDemoKey(served, { adminUrl: started.adminUrl, token });
        ok(key.kind === 'key', JSON.stringify(key));
        for (const upstream of Object.keys(policy.upstreams)) {
          const route = served.routes.find(
            (one) =>
              one.upstream === upstream &&
              one.methods.includes('GET') &&
              one.kind === 'http' &&
              one.allow === undefined &&
              one.auth !== 'signature' &&
              one.auth !== 'admin-key',
          );
          if (route === undefined) continue;
          const { header } = policy.auth.apiKeys;
          const credential = header === 'authorization' ? `Bearer ${key.text}` : key.text;
          const answer = await askAgain(`${started.url}${route.path}`, { [header]: credential });
          const text = await answer.text();
          equal(answer.status, 200, `${upstream} ${route.path}: ${text}`);
          match(text, new RegExp(`"service":"${upstream}"`));
        }
      }),
    );
  }
});

describe('a trial', (it) => {
  const routes = [testRoute({ auth: 'api-key' }), testRoute({ id: 'signed', path: '/signed', auth: 'signature' })];
  const signature = {
    profile: 'simple',
    headers: { timestamp: 'x-timestamp', signature: 'x-signature', bodyHash: 'x-body-hash' },
    secretEnvs: ['SIGNING_KEY', 'SIGNING_KEY_OLD'],
    maxSkewMs: 300_000,
    skewStatus: 408,
    maxBodyBytes: 1_024,
    onStoreFailure: 'closed',
  } as const;
  const base = testPolicy();
  const policy = testPolicy({
    routes,
    auth: { ...base.auth, signature },
    storage: {
      ...base.storage,
      database: { ...base.storage.database, embedded: 'forbidden' },
      counters: { kind: 'redis', env: 'REDIS_URL' },
      replicas: 4,
    },
    variables: ['DATABASE_URL', 'REDIS_URL', 'SIGNING_KEY', 'OTHER'].map((name) => ({
      name,
      required: true,
      format: 'text' as const,
      onProblem: 'refuse' as const,
    })),
    queues: { work: { stream: 'work', group: 'g', env: 'REDIS_URL', reclaimAfterMs: 1_000, maxDeliveries: 5 } },
    telemetry: {
      ...base.telemetry,
      traces: {
        serviceName: 's',
        endpointEnv: 'COLLECTOR',
        endpoint: 'http://collector:4317',
        protocol: 'grpc',
        sampleRatio: 1,
        enabled: true,
      },
    },
    tls: { certFile: '/none.crt', keyFile: '/none.key', minVersion: 'TLSv1.2' },
    providers: {
      llm: {
        timeoutMs: 900,
        targets: [{ name: 'eu', url: 'https://llm.example/v1/', credentials: { header: 'x-api-key', env: 'LLM_KEY' } }],
      },
    },
  });

  it('makes up what the runtime reads, asks for nothing else, and says all of it', () => {
    const trial = prepareTrial(policy, {}, FAKES);
    deepEqual(
      trial.madeUp.map(({ name, purpose }) => `${name} ${purpose}`),
      ['SIGNING_KEY signs requests', 'ADMIN_API_KEY administers'],
    );
    for (const { name, value } of trial.madeUp) equal(trial.env[name], value);
    equal(trial.env['LLM_KEY']?.length, 64);
    deepEqual(
      trial.policy.variables?.map(({ name }) => name),
      ['SIGNING_KEY'],
    );
    deepEqual(trial.policy.storage.counters, { kind: 'memory' });
    equal(trial.policy.storage.database.embedded, 'allowed');
    equal(trial.policy.storage.replicas, 1);
    deepEqual(trial.policy.queues, {});
    equal(trial.policy.telemetry.traces?.endpoint, undefined);
    equal(trial.policy.tls, undefined);
    deepEqual(trial.policy.providers['llm']?.targets?.[0]?.url, 'http://127.0.0.1:2/v1');
    deepEqual(trial.changes, [
      'an embedded PostgreSQL in memory, in place of DATABASE_URL',
      'limits are counted in memory, in place of REDIS_URL',
      'not measured, without its Redis: queue work',
      'plain HTTP, in place of the certificate',
      'nothing is sent to http://collector:4317',
      'an echo in place of main',
      'an echo in place of the provider llm',
      'not asked for: DATABASE_URL, REDIS_URL, OTHER',
    ]);
  });

  it('honours every variable that is set, and says which', () => {
    const env = {
      DATABASE_URL: 'postgresql://db/x',
      REDIS_URL: 'redis://r',
      SIGNING_KEY_OLD: 's'.repeat(32),
      ADMIN_API_KEY: 'a'.repeat(32),
      COLLECTOR: 'http://here:4317',
      OTHER: 'set',
    };
    const trial = prepareTrial(policy, env, FAKES);
    deepEqual(trial.honoured, [...Object.keys(env)].sort());
    deepEqual(trial.madeUp, []);
    equal(trial.env['SIGNING_KEY'], undefined);
    equal(trial.policy.storage.database.embedded, 'forbidden');
    deepEqual(trial.policy.storage.counters, { kind: 'redis', env: 'REDIS_URL' });
    ok(trial.policy.queues?.['work'] !== undefined);
    equal(trial.policy.telemetry.traces?.endpoint, 'http://collector:4317');
    deepEqual(trial.changes.at(-1), 'not asked for: SIGNING_KEY');
  });

  it('stays on loopback :: whatever the policy binds', () => {
    const wide = { host: '0.0.0.0', port: 8080 };
    const trial = prepareTrial({ ...policy, listen: wide, admin: wide, egress: wide }, {}, FAKES);
    const { listen, admin, egress } = trial.policy;
    deepEqual([listen.host, admin.host, egress?.host], ['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });
});
