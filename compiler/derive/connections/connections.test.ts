/**
 * What each pod is given to reach what its document declares, from the text of a spec to the Deployment.
 */
import assert from 'node:assert/strict';
import { at, clusterModel, documentOf, emitted, gatewayContract, type SpecParts } from '../../testing/cluster-spec.ts';
import { describe } from '../../testing/suite.ts';

const KEYS = documentOf(
  'Datastore',
  'keys',
  'engine: postgresql\nmaxConnections: 100\ndurable: false\ncredentials: { name: keys, key: url }',
);
const store = (name: string, spec: string): string => documentOf('Datastore', name, spec);
const LLM = documentOf(
  'Provider',
  'llm',
  'upstreams: [{ name: llm, url: "https://api.example.com/v1" }]\npool: { maxConcurrent: 5 }\ncredentials: { name: llm, key: token }',
);

/** Variables of a pod as `NAME=value`, `NAME<secret/key`, or `NAME<secret/key?` where the pod starts without it. */
function variables(parts: SpecParts, service = 'api'): readonly string[] {
  const object = emitted(clusterModel(parts)).get(`kubernetes/${service}/deployment-${service}.yaml`);
  const env = at(object, '/spec/template/spec/containers/0/env') ?? [];
  assert.ok(Array.isArray(env));
  return env.flatMap((one: unknown) => {
    const name = String(at(one, '/name'));
    if (name === 'SEAWORTHY_POLICY') return [];
    const secret = at(one, '/valueFrom/secretKeyRef');
    if (secret === undefined) return [`${name}=${String(at(one, '/value'))}`];
    return [
      `${name}<${String(at(secret, '/name'))}/${String(at(secret, '/key'))}${at(secret, '/optional') === true ? '?' : ''}`,
    ];
  });
}

const secrets = (parts: SpecParts): readonly string[] =>
  [...emitted(clusterModel(parts)).keys()].flatMap((path) => /externalsecret-(.*)\.yaml$/.exec(path)?.[1] ?? []).sort();

const withApi = (uses: string, ...documents: readonly string[]): SpecParts => ({
  api: `scale: { min: 2 }\n${uses}`,
  documents,
});

describe('connections :: datastores', (it) => {
  it('gives the gateway the address that its policy requires, from the credentials of the datastore', () => {
    const parts = {
      gateway: 'uses: [{ use: keys, pool: 5 }]',
      routes: 'routes: [{ path: /v1, auth: api-key }]',
      documents: [KEYS],
    };
    assert.deepEqual(variables(parts, 'gateway'), ['DATABASE_URL<keys/url']);
    assert.deepEqual(secrets(parts), ['keys']);
    const { required, given } = gatewayContract(parts);
    assert.deepEqual(
      required.map(({ names }) => names.join()),
      ['DATABASE_URL', 'API_KEY_PEPPER'],
    );
    assert.deepEqual(
      given.map(({ name }) => name),
      ['DATABASE_URL'],
    );
  });

  it('gives every service its own, and its jobs too', () => {
    const parts = withApi('database: { use: keys, pool: 5 }\njobs: [{ name: migrate, command: [migrate] }]', KEYS);
    assert.deepEqual(variables(parts), ['DATABASE_URL<keys/url']);
    const job = emitted(clusterModel(parts)).get('kubernetes/api/job-api-migrate.yaml');
    assert.equal(at(job, '/spec/template/spec/containers/0/env/0/name'), 'DATABASE_URL');
  });

  it('takes the name and the secret that the service chooses', () => {
    assert.deepEqual(variables(withApi('database: { use: keys, as: ORDERS_DSN, pool: 5 }', KEYS)), [
      'ORDERS_DSN<keys/url',
    ]);
    const own = 'database: { use: keys, pool: 5, credentials: { name: api-database, key: url } }';
    assert.deepEqual(variables(withApi(own, KEYS)), ['DATABASE_URL<api-database/url']);
    assert.deepEqual(secrets(withApi(own, KEYS)), ['api-database']);
  });

  it('never replaces what the document writes', () => {
    const written =
      'env: [{ name: DATABASE_URL, value: "postgresql://elsewhere/x" }]\ndatabase: { use: keys, pool: 5 }';
    assert.deepEqual(variables(withApi(written, KEYS)), ['DATABASE_URL=postgresql://elsewhere/x']);
    const renamed = 'env: [{ name: PG, secret: { name: keys, key: url } }]\ndatabase: { use: keys, pool: 5 }';
    assert.deepEqual(variables(withApi(renamed, KEYS)), ['PG<keys/url']);
  });

  it('makes the address from the host where no secret holds it', () => {
    const cache = store('cache', 'engine: redis\nhost: cache.example.com');
    assert.deepEqual(variables(withApi('uses: [{ use: cache }]', cache)), [
      'REDIS_URL=rediss://cache.example.com:6379',
    ]);
    const plain = store('cache', 'engine: redis\nhost: 10.1.2.3\nport: 6380\ntls: "off"');
    assert.deepEqual(variables(withApi('uses: [{ use: cache }]', plain)), ['REDIS_URL=redis://10.1.2.3:6380']);
    const vectors = store(
      'vectors',
      'engine: qdrant\nhost: q.example.com\ndurable: false\ncredentials: { name: qdrant, key: api-key }',
    );
    assert.deepEqual(variables(withApi('uses: [{ use: vectors }]', vectors)), [
      'QDRANT_URL=https://q.example.com:6333',
      'VECTORS_API_KEY<qdrant/api-key',
    ]);
  });

  it('knows the names and schemes of brokers, and asks an unlisted engine for its own', () => {
    const uses = (spec: string): readonly string[] => variables(withApi('uses: [{ use: bus }]', store('bus', spec)));
    assert.deepEqual(uses('engine: rabbitmq\ncredentials: { name: bus, key: url }'), ['AMQP_URL<bus/url']);
    assert.deepEqual(uses('engine: kafka\nhost: k.example.com'), ['KAFKA_BROKERS=k.example.com:9092']);
    assert.deepEqual(uses('engine: nats\nhost: n.example.com'), ['NATS_URL=tls://n.example.com:4222']);
    assert.deepEqual(uses('engine: other\nhost: c.example.com\nport: 9042'), ['BUS_ADDRESS=c.example.com:9042']);
    assert.deepEqual(uses('engine: other\nprotocol: cql\nhost: c.example.com\nport: 9042'), [
      'BUS_URL=cql://c.example.com:9042',
    ]);
  });

  it('gives one usual name once, where two engines share it', () => {
    const documents = [
      store(
        'ledger',
        'engine: postgresql\nmaxConnections: 100\ndurable: false\ncredentials: { name: ledger, key: url }',
      ),
      store('legacy', 'engine: mysql\ndurable: false\ncredentials: { name: legacy, key: url }'),
    ];
    assert.deepEqual(variables(withApi('database: { use: ledger, pool: 5 }\nuses: [{ use: legacy }]', ...documents)), [
      'DATABASE_URL<ledger/url',
      'LEGACY_URL<legacy/url',
    ]);
  });

  it('makes no address that would lack its password, user or database', () => {
    const cache = store('cache', 'engine: redis\nhost: cache.example.com\ncredentials: { name: cache, key: password }');
    assert.deepEqual(variables(withApi('uses: [{ use: cache }]', cache)), ['CACHE_PASSWORD<cache/password']);
    const bare = store('ledger', 'engine: postgresql\nhost: db.example.com\nmaxConnections: 100\ndurable: false');
    assert.deepEqual(variables(withApi('database: { use: ledger, pool: 5 }', bare)), []);
  });

  it('tells two of one engine apart, in the pod and in the policy', () => {
    const redis = (name: string, more = ''): string =>
      store(name, `engine: redis\ncredentials: { name: ${name}, key: url }\n${more}`);
    const documents = [redis('counters'), redis('jobs', 'streams: [{ name: jobs, group: workers }]')];
    const parts = { gateway: 'uses: [{ use: counters }, { use: jobs, required: false }]', documents };
    assert.deepEqual(variables(parts, 'gateway'), ['JOBS_URL<jobs/url', 'REDIS_URL<counters/url']);
    const policy: unknown = JSON.parse(gatewayContract(parts).policy);
    assert.equal(at(policy, '/storage/counters/env'), 'REDIS_URL');
    assert.equal(at(policy, '/queues/jobs/env'), 'JOBS_URL');
  });

  it('leaves embedded ones to their files', () => {
    const sled = store('memory', 'engine: sled\nembeddedIn: api\npath: /var/lib/memory\nstorage: 1Gi\ndurable: false');
    const parts = { api: 'scale: { min: 1, max: 1 }\nuses: [{ use: memory }]', documents: [sled] };
    assert.deepEqual(variables(parts), []);
  });
});

describe('connections :: providers', (it) => {
  const called = { gateway: 'runtime: { egress: 9191 }', ...withApi('calls: [{ provider: llm }]', LLM) };

  it('gives the gateway the credentials, and the policy their name, without a word in `env`', () => {
    assert.deepEqual(variables(called, 'gateway'), ['LLM_TOKEN<llm/token']);
    const policy: unknown = JSON.parse(gatewayContract(called).policy);
    assert.deepEqual(at(policy, '/providers/llm/targets/0/credentials'), { env: 'LLM_TOKEN', header: 'authorization' });
    assert.deepEqual(secrets(called), ['llm']);
  });

  it('gives callers the way through the gateway, and no credentials', () => {
    assert.deepEqual(variables(called), ['LLM_BASE_URL=http://gateway.shop-production.svc.cluster.local:9191/llm']);
  });

  it('gives callers the credentials where they call it themselves; a call that may fail starts without them', () => {
    assert.deepEqual(variables(withApi('calls: [{ provider: llm }]', LLM)), ['LLM_TOKEN<llm/token']);
    const optional = withApi('calls: [{ provider: llm, required: false }]', LLM);
    assert.deepEqual(variables(optional), ['LLM_TOKEN<llm/token?']);
    assert.deepEqual(variables(optional, 'gateway'), []);
  });
});
