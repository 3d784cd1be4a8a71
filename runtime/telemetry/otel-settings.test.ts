import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { testPolicy } from '../testing/policy.ts';
import { type OtelSettings, readOtelSettings } from './otel-settings.ts';

type Traces = NonNullable<RuntimePolicy['telemetry']['traces']>;
type Env = Readonly<Record<string, string>>;

const GRPC: Traces = { serviceName: 'edge', endpointEnv: 'C', protocol: 'grpc', sampleRatio: 0.25, enabled: true };
const HTTP: Traces = { ...GRPC, protocol: 'http/protobuf' };

function read(env: Env, traces: Traces = GRPC, change: Partial<RuntimePolicy['telemetry']> = {}) {
  return readOtelSettings({ telemetry: { ...testPolicy().telemetry, traces, ...change } }, env);
}

function tracesOf(env: Env, traces?: Traces): NonNullable<OtelSettings['traces']> {
  const result = read(env, traces);
  ok(result.kind === 'read' && result.settings.traces !== undefined, JSON.stringify(result));
  return result.settings.traces;
}

const OWN = 'http://own:4317';

describe('the address of a collector', (it) => {
  const cases: Readonly<Record<string, readonly [Traces, Env, string | undefined]>> = {
    'the policy`s own where no variable is set': [{ ...GRPC, endpoint: OWN }, {}, OWN],
    'the variable that the policy names before it': [{ ...GRPC, endpoint: OWN }, { C: 'https://a:1' }, 'https://a:1'],
    'the general variable, where the named one is not set': [
      { ...GRPC, endpoint: OWN },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://g:1' },
      'http://g:1',
    ],
    'the named one before the general one': [
      GRPC,
      { C: 'http://a:1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://g:1' },
      'http://a:1',
    ],
    'the one for traces before all, as it is': [
      HTTP,
      { C: 'http://a:1', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t:1/x' },
      'http://t:1/x',
    ],
    'nowhere where the named variable is empty': [{ ...GRPC, endpoint: OWN }, { C: ' ' }, undefined],
    'an empty general variable counts as unset': [{ ...GRPC, endpoint: OWN }, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, OWN],
    'nowhere without any': [HTTP, {}, undefined],
    'with the path of OTLP over HTTP': [HTTP, { C: 'http://a:1/' }, 'http://a:1/v1/traces'],
    'with a path that is there already': [HTTP, { C: 'http://a:1/x/v1/traces' }, 'http://a:1/x/v1/traces'],
    'below a path of a proxy': [HTTP, { C: 'http://a:1/x' }, 'http://a:1/x/v1/traces'],
    'the path follows the protocol of the environment': [
      GRPC,
      { C: 'http://a:1', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
      'http://a:1/v1/traces',
    ],
  };
  for (const [sentence, [traces, env, url]] of Object.entries(cases)) {
    it(sentence, () => {
      if (url === undefined) deepEqual(read(env, traces), { kind: 'off' });
      else equal(tracesOf(env, traces).url, url);
    });
  }
});

describe('OTEL_* variables', (it) => {
  it('without any, the policy holds', () => {
    const { protocol, sampling, batch, requestTimeoutMs } = tracesOf({ C: OWN });
    deepEqual([protocol, sampling, requestTimeoutMs], ['grpc', { ratio: 0.25, isParentBased: true }, 5_000]);
    deepEqual(batch, {
      maxQueueSize: 2_048,
      maxExportBatchSize: 512,
      scheduledDelayMillis: 1_000,
      exportTimeoutMillis: 6_000,
    });
  });

  const samplers: Readonly<Record<string, readonly [Env, number, boolean]>> = {
    always_on: [{}, 1, false],
    always_off: [{}, 0, false],
    traceidratio: [{ OTEL_TRACES_SAMPLER_ARG: '0.5' }, 0.5, false],
    parentbased_traceidratio: [{ OTEL_TRACES_SAMPLER_ARG: '0.01' }, 0.01, true],
    parentbased_always_on: [{ OTEL_TRACES_SAMPLER_ARG: '0.01' }, 1, true],
    parentbased_always_off: [{}, 0, true],
  };
  for (const [name, [env, ratio, isParentBased]] of Object.entries(samplers)) {
    it(`OTEL_TRACES_SAMPLER=${name} replaces the ratio of the policy`, () => {
      deepEqual(tracesOf({ C: OWN, OTEL_TRACES_SAMPLER: name, ...env }).sampling, { ratio, isParentBased });
    });
  }

  it('a ratio without an argument is all', () => {
    equal(tracesOf({ C: OWN, OTEL_TRACES_SAMPLER: 'traceidratio' }).sampling.ratio, 1);
  });

  it('OTEL_BSP_* bound the queue; a batch is no larger than it', () => {
    const { batch } = tracesOf({ C: OWN, OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_SCHEDULE_DELAY: '50' });
    deepEqual([batch.maxQueueSize, batch.maxExportBatchSize, batch.scheduledDelayMillis], [100, 100, 50]);
  });

  it('a timeout of the environment is left to the exporter', () => {
    equal(tracesOf({ C: OWN, OTEL_EXPORTER_OTLP_TIMEOUT: '900' }).requestTimeoutMs, undefined);
  });

  for (const env of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_SDK_DISABLED: 'TRUE' }, { OTEL_TRACES_EXPORTER: 'none' }]) {
    it(`${JSON.stringify(env)} turns traces off`, () => {
      deepEqual(read({ C: OWN, ...env }), { kind: 'off' });
    });
  }

  it('one signal may be off and the other on', () => {
    const otlpMetrics = { serviceName: 'edge', endpointEnv: 'C', protocol: 'grpc', intervalMs: 60_000 } as const;
    const result = read({ C: OWN, OTEL_TRACES_EXPORTER: 'none', OTEL_METRIC_EXPORT_INTERVAL: '900' }, GRPC, {
      otlpMetrics,
    });
    ok(result.kind === 'read');
    equal(result.settings.traces, undefined);
    deepEqual([result.settings.metrics?.intervalMs, result.settings.metrics?.timeoutMs], [900, 900]);
  });

  const refused: Readonly<Record<string, Env>> = {
    'C: is no http or https address of a collector': { C: 'ftp://a' },
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: is no http or https address of a collector': {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'a:4317',
    },
    'OTEL_EXPORTER_OTLP_PROTOCOL: must be grpc or http/protobuf': { C: OWN, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    'OTEL_TRACES_EXPORTER: must be otlp or none': { C: OWN, OTEL_TRACES_EXPORTER: 'zipkin' },
    'OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1': {
      C: OWN,
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '10%',
    },
    'OTEL_BSP_MAX_QUEUE_SIZE: must be a whole number above 0': { C: OWN, OTEL_BSP_MAX_QUEUE_SIZE: '-1' },
    'OTEL_TRACES_SAMPLER: must be always_on, always_off, traceidratio, or one of them after parentbased_': {
      C: OWN,
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
    },
  };
  for (const [reason, env] of Object.entries(refused)) {
    it(`what cannot be meant refuses the start :: ${reason}`, () => {
      deepEqual(read(env), { kind: 'refused', reasons: [reason] });
    });
  }
});
