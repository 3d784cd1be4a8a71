import assert from 'node:assert/strict';
import { specFieldsOf } from '../../schemas/spec/spec-fields.ts';
import { compileText } from '../testing/compile-text.ts';
import { describe } from '../testing/suite.ts';
import { DEFAULTS } from './defaults.ts';
import { type Model, type Origin, spanOfOrigin } from './model/index.ts';

const HEAD = 'apiVersion: seaworthy.dev/v1alpha1\n';
const SYSTEM = `${HEAD}kind: System
metadata: { name: shop, owner: platform }
spec:
  title: Web shop
  targets: { wanted: [kubernetes, nginx, runtime] }
  rateLimits: [{ zone: standard, rate: 11/s, burst: 21 }]
`;
const ENVIRONMENT = `${HEAD}kind: Environment
metadata: { name: production, system: shop }
spec:
  stage: production
`;
const SERVICE = `${HEAD}kind: Service
metadata: { name: orders, system: shop, tier: 1 }
spec:
  port: 4001
  scale: { min: 3, max: 7 }
  resources: { cpu: 300m, memory: 96Mi }
  routes:
    - { path: /v1/orders, rateLimits: [standard], timeout: 13s }
`;
const DATASTORE = `${HEAD}kind: Datastore
metadata: { name: ledger, system: shop }
spec: { engine: postgresql }
`;

const compile = (...documents: readonly string[]) => compileText(documents.join('---\n'));
const modelOf = (...documents: readonly string[]): Model => {
  const { models, diagnostics } = compile(...documents);
  assert.deepEqual(diagnostics, []);
  const [model] = models;
  if (model === undefined) throw new Error('no model');
  return model;
};
const codesOf = (...documents: readonly string[]) =>
  compile(...documents).diagnostics.map((diagnostic) => [diagnostic.code, diagnostic.span?.line, diagnostic.hint]);
const lineOf = (origin: Origin | undefined) =>
  origin === undefined ? undefined : [origin.kind, spanOfOrigin(origin).line];

describe('resolve :: values and their origins', (it) => {
  it('fills up what a route says of origins, and lets preflights through to a service that answers them', () => {
    const [service] = modelOf(
      SYSTEM,
      `${ENVIRONMENT}  domains: [{ host: api.example.com }]\n  origins: ["https://www.example.com"]\n  cors: { headers: [Authorization], maxAge: 1h }\n`,
      `${SERVICE}    - { path: /a, cors: { credentials: true }, rateLimits: [standard] }\n    - { path: /b, name: b, cors: service, rateLimits: [standard] }\n`,
    ).services;
    const figures = service?.routes.map(({ name, methods, auth, cors, ownCors, crossOrigin }) => [
      ...[name, methods.join(), auth, cors, ownCors],
      crossOrigin && [crossOrigin.headers.join(), crossOrigin.credentials, crossOrigin.maxAge],
    ]);
    assert.deepEqual(figures, [
      ['v1-orders', 'GET', 'api-key', true, false, undefined],
      ['a', 'GET', 'api-key', true, false, ['authorization', true, 3_600_000]],
      ['b', 'GET', 'api-key', false, true, undefined],
      ['b-preflight', 'OPTIONS', 'none', false, true, undefined],
    ]);
  });

  it('keeps what is written, with its place', () => {
    const [orders] = modelOf(SYSTEM, ENVIRONMENT, SERVICE).services;
    assert.equal(orders?.scale.max, 7);
    assert.deepEqual(lineOf(orders?.scale.origin.of('max')), ['spec', 20]);
    assert.equal(orders?.routes[0]?.timeout, 13_000);
  });
  it('fills in named defaults and points at who left them out', () => {
    const [orders] = modelOf(SYSTEM, ENVIRONMENT, SERVICE).services;
    const origin = orders?.shutdown.origin.of('drain');
    assert.equal(orders?.shutdown.drain, 30_000);
    assert.ok(origin?.kind === 'default' && origin.name === 'drain');
    assert.equal(orders?.shutdown.grace, 40_000);
    assert.equal(orders?.resources?.memoryLimit, orders?.resources?.memoryRequest);
    assert.equal(orders?.resources?.cpuLimit, 600);
  });
  it('lets an environment override by name and remembers both places', () => {
    const environment = `${ENVIRONMENT}  services: { orders: { scale: { min: 5 }, resources: { memory: 160Mi } } }\n  rateLimits: { standard: { rate: 7/s } }\n`;
    const [orders] = modelOf(SYSTEM, environment, SERVICE).services;
    const origin = orders?.scale.origin.of('min');
    assert.equal(orders?.scale.min, 5);
    assert.equal(orders?.scale.max, 7);
    assert.ok(origin?.kind === 'override' && origin.environment === 'production' && origin.base.kind === 'spec');
    assert.equal(orders?.resources?.memoryRequest, 160 * 2 ** 20);
    assert.equal(orders?.resources?.cpuRequest, 300);
    assert.equal(orders?.routes[0]?.limits[0]?.rate.count, 7);
    assert.equal(orders?.routes[0]?.limits[0]?.burst, 21);
  });
  it('gives each route a budget of its own where a zone is not shared', () => {
    const system = SYSTEM.replace('zone: standard,', 'zone: standard, shared: false,');
    const [orders] = modelOf(system, ENVIRONMENT, `${SERVICE}    - { path: /v2, rateLimits: [standard] }\n`).services;
    assert.deepEqual(
      orders?.routes.flatMap((route) => route.limits.map((limit) => limit.zone)),
      ['standard/orders/v1-orders', 'standard/orders/v2'],
    );
    const shared = modelOf(SYSTEM, ENVIRONMENT, `${SERVICE}    - { path: /v2, rateLimits: [standard] }\n`).services;
    assert.deepEqual(
      shared[0]?.routes.flatMap((route) => route.limits.map((limit) => limit.zone)),
      ['standard', 'standard'],
    );
  });
  it('keeps the default burst of an environment within the declared one', () => {
    const system = SYSTEM.replace(', burst: 21', '');
    const environment = `${ENVIRONMENT}  rateLimits: { standard: { rate: 300/min } }\n`;
    const [orders] = modelOf(system, environment, SERVICE).services;
    assert.equal(orders?.routes[0]?.limits[0]?.burst, 10);
  });
  it('leads back to the field itself where the model calls it otherwise', () => {
    const service = SERVICE.replace('max: 7 }', 'max: 7, on: { cpu: 61% } }').replace(
      'memory: 96Mi }',
      'memory: 96Mi, limits: { cpu: 900m } }',
    );
    const [orders] = modelOf(SYSTEM, ENVIRONMENT, service).services;
    const paths = [
      orders?.scale.origin.of('cpu'),
      orders?.resources?.origin.of('cpuRequest'),
      orders?.resources?.origin.of('cpuLimit'),
    ].map((origin) => origin?.at.path.join('.'));
    assert.deepEqual(paths, ['spec.scale.on.cpu', 'spec.resources.cpu', 'spec.resources.limits.cpu']);
    const memoryLimit = orders?.resources?.origin.of('memoryLimit');
    assert.ok(memoryLimit?.kind === 'default' && memoryLimit.name === 'memory-limit');
  });
  it('gives each environment a model of its own, sorted and frozen', () => {
    const { models } = compile(SYSTEM, ENVIRONMENT, ENVIRONMENT.replaceAll('production', 'development'), SERVICE);
    assert.deepEqual(
      models.map((model) => model.environment.name),
      ['development', 'production'],
    );
    assert.throws(() => Object.assign(models[0]?.services[0]?.scale ?? {}, { min: 1 }), TypeError);
  });
  it('replaces environment variables by name', () => {
    const service = `${SERVICE}  env: [{ name: LOG_LEVEL, value: INFO }, { name: MODE, value: fast }]\n`;
    const environment = `${ENVIRONMENT}  services: { orders: { env: [{ name: LOG_LEVEL, value: DEBUG }] } }\n`;
    const [orders] = modelOf(SYSTEM, environment, service).services;
    assert.deepEqual(
      orders?.env.map((entry) => [entry.name, entry.kind === 'literal' && entry.value, entry.origin.self.kind]),
      [
        ['LOG_LEVEL', 'DEBUG', 'override'],
        ['MODE', 'fast', 'spec'],
      ],
    );
  });
  it('knows every default by a field of the language, with the same value', () => {
    for (const [name, row] of Object.entries(DEFAULTS)) {
      const [kind = '', part, ...path] = row.field.replaceAll('[]', '').split('.');
      if (part === 'metadata') continue;
      assert.ok(specFieldsOf(kind).includes(path.join('.')), `${name}: ${row.field}`);
    }
  });
});

describe('resolve :: what does not fit together', (it) => {
  const cases: Readonly<Record<string, readonly [readonly string[], readonly (readonly [string, number, RegExp])[]]>> =
    {
      'a datastore that nobody defines': [
        [SYSTEM, ENVIRONMENT, `${SERVICE}  database: { use: ledgerr, pool: 3 }\n`, DATASTORE],
        [['SW-301', 24, /`ledger`/]],
      ],
      'a zone that nobody declares': [
        [SYSTEM, ENVIRONMENT, SERVICE.replace('[standard]', '[standart]')],
        [['SW-301', 23, /`standard`/]],
      ],
      'an override of an unknown service': [
        [SYSTEM, `${ENVIRONMENT}  services: { order: { workers: 2 } }\n`, SERVICE],
        [['SW-301', 14, /`orders`/]],
      ],
      'a fallback circle': [
        [
          SYSTEM,
          ENVIRONMENT,
          ...['a', 'b'].map(
            (name, index) =>
              `${HEAD}kind: Provider\nmetadata: { name: ${name}, system: shop }\nspec: { fallback: ${'ba'[index]}, timeout: 61s }\n`,
          ),
        ],
        [['SW-302', 18, /circle/]],
      ],
      'two documents of one name': [[SYSTEM, ENVIRONMENT, SERVICE, SERVICE], [['SW-303', 27, /Rename/]]],
      'a document of an unknown system': [
        [SYSTEM, ENVIRONMENT, SERVICE.replace('system: shop', 'system: shopp')],
        [['SW-304', 17, /`shop`/]],
      ],
      'a system without environment': [[SYSTEM, SERVICE], [['SW-305', 3, /Environment/]]],
      'one route name twice': [
        [SYSTEM, ENVIRONMENT, `${SERVICE}    - { path: /v1/orders, methods: [POST] }\n`],
        [['SW-306', 24, /another/]],
      ],
      'a zone with two budgets': [
        [SYSTEM, ENVIRONMENT, `${SERVICE}    - { path: /v2, rateLimit: { zone: standard, rate: 12/s } }\n`],
        [['SW-307', 24, /once/]],
      ],
      'a date that never comes': [
        [
          SYSTEM,
          ENVIRONMENT,
          DATASTORE.replace(
            'postgresql',
            'postgresql, backup: { method: dump, schedule: "0 0 31 2 *", retention: 30d }',
          ),
        ],
        [['SW-217', 18, /exists/]],
      ],
      'an environment that loosens a rate': [
        [SYSTEM, `${ENVIRONMENT}  rateLimits: { standard: { rate: 12/s } }\n`, SERVICE],
        [['SW-309', 14, /declared/]],
      ],
      'an environment that loosens a burst': [
        [SYSTEM, `${ENVIRONMENT}  rateLimits: { standard: { rate: 10/s, burst: 22 } }\n`, SERVICE],
        [['SW-309', 14, /at most `burst: 21`/]],
      ],
      'an environment that loosens a default burst': [
        [
          SYSTEM.replace(', burst: 21', ''),
          `${ENVIRONMENT}  rateLimits: { standard: { rate: 10/s, burst: 11 } }\n`,
          SERVICE,
        ],
        [['SW-309', 14, /at most `burst: 10`/]],
      ],
      'an environment that loosens pool and queue': [
        [
          SYSTEM,
          `${ENVIRONMENT}  providers: { llm: { pool: { maxConcurrent: 8, queue: { max: 9, wait: 11s } } } }\n`,
          SERVICE,
          `${HEAD}kind: Provider\nmetadata: { name: llm, system: shop }\nspec: { pool: { maxConcurrent: 7, queue: { max: 8, wait: 10s } } }\n`,
        ],
        [
          ['SW-309', 14, /Raise the declared/],
          ['SW-309', 14, /Raise the declared/],
          ['SW-309', 14, /Raise the declared/],
        ],
      ],
      'hosts that no domain of the environment has': [
        [
          SYSTEM,
          `${ENVIRONMENT}  domains: [{ host: api.example.com }, { name: www, host: example.com }]\n`,
          `${SERVICE}    - { path: /a, hosts: [api, www, example.com], rateLimits: [standard] }\n    - { path: /b, hosts: [wwv], rateLimits: [standard] }\n`,
        ],
        [['SW-330', 26, /Did you mean `www`/]],
      ],
      'hosts where the environment has no domain': [
        [SYSTEM, ENVIRONMENT, SERVICE.replace('  port: 4001', '  port: 4001\n  hosts: [www]')],
        [['SW-330', 20, /name: www, host: www.example.com/]],
      ],
      'a zone that one route rehearses and another enforces': [
        [
          SYSTEM,
          ENVIRONMENT,
          `${SERVICE}    - { path: /v2, rateLimit: { zone: standard, rate: 11/s, burst: 21, dryRun: true } }\n`,
        ],
        [['SW-307', 24, /once/]],
      ],
      'two routes whose budgets get one name by chance': [
        [
          SYSTEM,
          ENVIRONMENT,
          `${SERVICE}    - { path: /v2, name: a-b, rateLimit: { rate: 5/s } }\n`,
          SERVICE.replace('name: orders', 'name: orders-a').replace(
            / {4}- .*\n/,
            '    - { path: /v3, name: b, rateLimit: { rate: 5/s } }\n',
          ),
        ],
        [['SW-307', 34, /once/]],
      ],
      'a share of the processor that Kubernetes would round': [
        [SYSTEM, ENVIRONMENT, SERVICE.replace('max: 7 }', 'max: 7, on: { cpu: 70.5% } }')],
        [['SW-308', 20, /`cpu: 70%`/]],
      ],
      'bounds the wrong way round': [
        [SYSTEM, ENVIRONMENT, SERVICE.replace('min: 3', 'min: 8')],
        [['SW-310', 20, /max/]],
      ],
      'an open question about nothing': [
        [SYSTEM, ENVIRONMENT, `${SERVICE}undecided: [{ field: prot, why: open }]\n`],
        [['SW-312', 24, /`port`/]],
      ],
    };
  for (const [title, [documents, expected]] of Object.entries(cases)) {
    it(title, () => {
      const found = codesOf(...documents);
      assert.deepEqual(
        found.map(([code, line]) => [code, line]),
        expected.map(([code, line]) => [code, line]),
      );
      for (const [index, row] of expected.entries()) assert.match(String(found[index]?.[2]), row[2]);
    });
  }
});

describe('resolve :: policies', (it) => {
  const policy = (demands: string) =>
    `${HEAD}kind: Policy\nmetadata: { name: baseline }\nspec:\n  appliesTo: { stages: [production] }\n  require: ${demands}\n`;
  it('tighten what a default left open, and say so', () => {
    const model = modelOf(SYSTEM, ENVIRONMENT, SERVICE, DATASTORE, policy('{ minTlsVersion: "1.3", maxRpo: 17m }'));
    const origin = model.environment.tls.origin.of('minVersion');
    assert.equal(model.environment.tls.minVersion, '1.3');
    assert.ok(origin.kind === 'policy' && origin.base.kind === 'default');
    assert.equal(model.datastores[0]?.rpo, 17 * 60_000);
  });
  it('reject what is written more loosely', () => {
    assert.deepEqual(
      codesOf(SYSTEM, ENVIRONMENT, SERVICE, policy('{ minReplicas: 4, maxTimeout: 12s }')).map(([code, line]) => [
        code,
        line,
      ]),
      [
        ['SW-311', 20],
        ['SW-311', 23],
      ],
    );
  });
  it('never loosen', () => {
    const model = modelOf(SYSTEM, ENVIRONMENT, SERVICE, policy('{ minReplicas: 2, maxTimeout: 60s }'));
    assert.equal(model.services[0]?.scale.min, 3);
    assert.equal(model.services[0]?.routes[0]?.timeout, 13_000);
  });
  it('raise a default bound with the other, and reject one that was written below it', () => {
    const scaled = (scale: string) => SERVICE.replace('scale: { min: 3, max: 7 }', `scale: ${scale}`);
    const [raised] = modelOf(SYSTEM, ENVIRONMENT, scaled('{}'), policy('{ minReplicas: 4 }')).services;
    assert.deepEqual([raised?.scale.min, raised?.scale.max], [4, 4]);
    assert.deepEqual(
      codesOf(SYSTEM, ENVIRONMENT, scaled('{ max: 3 }'), policy('{ minReplicas: 4 }')).map(([code]) => code),
      ['SW-311'],
    );
  });
  it('apply only where they say', () => {
    const model = modelOf(
      SYSTEM,
      ENVIRONMENT.replaceAll('production', 'staging'),
      SERVICE,
      policy('{ minReplicas: 4 }'),
    );
    assert.equal(model.services[0]?.scale.min, 3);
  });
});
