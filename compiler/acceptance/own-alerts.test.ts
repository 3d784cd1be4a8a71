/**
 * Alerts, recording rules and panels of the five systems as they are compiled, run by the real promtool: what makes each fire, and the near
 * miss that does not.
 */
import { deepEqual, ok } from 'node:assert/strict';
import { type CompiledSystem, compiledSystem } from '../testing/compiled-system.ts';
import { testRules } from '../testing/run-promtool.ts';
import { describe } from '../testing/suite.ts';

/** Selector -> values of promtool's own notation, one each 30 s. */
type Series = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: string;
  readonly value: number;
}

/** Evaluates an expression over the rules of one file; throws with promtool's words when it is something else. */
function expect(system: CompiledSystem, file: string, series: Series, at: string, expr: string, samples: Sample[]) {
  const path = `prometheus/rules/${file}.yaml`;
  testRules(
    [{ path, text: system.read(path), origins: [], claims: [] }],
    [
      {
        interval: '30s',
        input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
        promql_expr_test: [{ expr, eval_time: at, exp_samples: samples }],
      },
    ],
  );
}

/** Exactly one alert of this name fires, or none. */
function fires(system: CompiledSystem, file: string, alert: string, series: Series, at = '25m', isFiring = true): void {
  const expr = `count(ALERTS{alertname="${alert}", alertstate="firing"})`;
  expect(system, file, series, at, expr, isFiring ? [{ labels: '{}', value: 1 }] : []);
}

function staysSilent(system: CompiledSystem, file: string, alert: string, series: Series, at = '25m'): void {
  fires(system, file, alert, series, at, false);
}

const flow = (perStep: number): string => `0+${perStep}x80`;
const level = (value: number): string => `${value}x80`;

const JAMEY = compiledSystem('jamey', 'production');
const INTENT = compiledSystem('intent-engine', 'production');
const SENTINEL = compiledSystem('sentinel', 'production');

describe('the alerts of Jamey', (it) => {
  const of = 'job="jamey", instance="a"';
  const UP = { [`up{${of}}`]: level(1) };
  const requests = (good: number, bad: number): Series => ({
    ...UP,
    [`http_requests_total{${of}, status="200"}`]: flow(good),
    [`http_requests_total{${of}, status="500"}`]: flow(bad),
  });
  const durations = (within: number): Series => ({
    ...UP,
    [`http_request_duration_seconds_bucket{${of}, status="200", le="1"}`]: flow(within),
    [`http_request_duration_seconds_bucket{${of}, status="200", le="2.5"}`]: flow(100),
    [`http_request_duration_seconds_bucket{${of}, status="200", le="+Inf"}`]: flow(100),
  });

  it('[JAM-054] HighErrorRate fires at 6 % of errors for five minutes, not at 5 %', () => {
    fires(JAMEY, 'jamey', 'HighErrorRate', requests(94, 6));
    staysSilent(JAMEY, 'jamey', 'HighErrorRate', requests(95, 5));
  });
  it('[JAM-055] HighLatency fires when one request in fifteen takes longer than a second, not when one in twenty-five does', () => {
    fires(JAMEY, 'jamey', 'HighLatency', durations(93));
    staysSilent(JAMEY, 'jamey', 'HighLatency', durations(96));
  });
  it('[JAM-056] MemoryIndexSizeExceeded fires one byte above 1073741824, after ten minutes', () => {
    const index = (bytes: number) => ({ ...UP, [`memory_index_size_bytes{${of}, layer="episodic"}`]: level(bytes) });
    fires(JAMEY, 'jamey', 'MemoryIndexSizeExceeded', index(1_073_741_825), '11m');
    staysSilent(JAMEY, 'jamey', 'MemoryIndexSizeExceeded', index(1_073_741_825), '9m');
    staysSilent(JAMEY, 'jamey', 'MemoryIndexSizeExceeded', index(1_073_741_824));
  });
  it('[JAM-057] BackupFailure fires at the first failure, on the label that the code sets', () => {
    const backups = (status: string, values: string) => ({
      ...UP,
      [`backup_operations_total{${of}, component="vault", status="${status}"}`]: values,
    });
    fires(JAMEY, 'jamey', 'BackupFailure', backups('failure', `${level(0).replace('x80', 'x20')} 1x60`), '12m');
    staysSilent(JAMEY, 'jamey', 'BackupFailure', backups('success', '0x20 1x60'), '12m');
    staysSilent(JAMEY, 'jamey', 'BackupFailure', backups('failure', level(3)));
  });
  it('[JAM-058] MQTTConnectionFailure fires when the broker is lost for two minutes; a program that says nothing is told apart', () => {
    const state = (value: number) => ({ ...UP, [`mqtt_connection_state{${of}}`]: level(value) });
    fires(JAMEY, 'jamey', 'MQTTConnectionFailure', state(0), '3m');
    staysSilent(JAMEY, 'jamey', 'MQTTConnectionFailure', state(1), '3m');
    fires(JAMEY, 'jamey', 'MQTTConnectionUnknown', UP, '3m');
    staysSilent(JAMEY, 'jamey', 'MQTTConnectionUnknown', state(1), '3m');
  });
  it('[JAM-060] every alert says what is wrong, how much, how urgent, and where its page is', () => {
    const rules = JAMEY.data('prometheus/rules/jamey.yaml').groups.flatMap(
      (group: { readonly rules: readonly Record<string, unknown>[] }) => group.rules,
    );
    const alerts = rules.filter((rule: Record<string, unknown>) => rule['alert'] !== undefined);
    ok(alerts.length >= 6, String(alerts.length));
    for (const { alert, annotations, labels } of alerts) {
      for (const name of ['summary', 'description', 'runbook_url']) ok(annotations[name], `${alert} ${name}`);
      ok(['critical', 'warning'].includes(labels.severity), alert);
    }
  });
});

describe('the alerts of the Intent Reasoning Engine', (it) => {
  const of = 'job="gateway", namespace="intent-engine-production", instance="a"';
  const UP = { [`up{${of}}`]: level(1) };
  const route = `${of}, http_route="/v1", http_request_method="GET"`;

  it('[INT-064] NotReady fires when a replica is not ready for ten minutes', () => {
    const unavailable =
      'kube_deployment_status_replicas_unavailable{namespace="intent-engine-production", deployment="api"}';
    fires(INTENT, 'api', 'NotReady', { ...UP, [unavailable]: level(1) }, '11m');
    staysSilent(INTENT, 'api', 'NotReady', { ...UP, [unavailable]: level(1) }, '9m');
    staysSilent(INTENT, 'api', 'NotReady', { ...UP, [unavailable]: level(0) }, '11m');
  });
  it('[INT-065] HighErrorRate fires at 6 % of answers with 5xx, not at 5 %', () => {
    const requests = (good: number, bad: number): Series => ({
      ...UP,
      [`http_server_request_duration_seconds_count{${route}, http_response_status_code="200"}`]: flow(good),
      [`http_server_request_duration_seconds_count{${route}, http_response_status_code="503"}`]: flow(bad),
    });
    fires(INTENT, 'api', 'HighErrorRate', requests(94, 6));
    staysSilent(INTENT, 'api', 'HighErrorRate', requests(95, 5));
  });
  it('[INT-066] HighLatency fires when the 99th percentile is above two seconds', () => {
    const durations = (within: number): Series => ({
      ...UP,
      [`http_server_request_duration_seconds_bucket{${route}, http_response_status_code="200", le="2"}`]: flow(within),
      [`http_server_request_duration_seconds_bucket{${route}, http_response_status_code="200", le="5"}`]: flow(100),
      [`http_server_request_duration_seconds_bucket{${route}, http_response_status_code="200", le="+Inf"}`]: flow(100),
    });
    fires(INTENT, 'api', 'HighLatency', durations(98));
    staysSilent(INTENT, 'api', 'HighLatency', durations(99.5));
  });
});

describe('the rules and panels of Sentinel', (it) => {
  const of = 'job="gateway", namespace="sentinel-production", instance="a"';
  const UP = { [`up{${of}}`]: level(1) };
  const route = `${of}, http_route="/", http_request_method="GET"`;
  const counted = (status: string) =>
    `http_server_request_duration_seconds_count{${route}, http_response_status_code="${status}"}`;
  const durations = (within: number): Series => ({
    ...UP,
    [counted('200')]: flow(100),
    [`http_server_request_duration_seconds_bucket{${route}, http_response_status_code="200", le="0.5"}`]: flow(within),
    [`http_server_request_duration_seconds_bucket{${route}, http_response_status_code="200", le="1"}`]: flow(100),
    [`http_server_request_duration_seconds_bucket{${route}, http_response_status_code="200", le="+Inf"}`]: flow(100),
  });

  it('[SEN-040] HighLatency fires when the 99th percentile is above 500 ms', () => {
    fires(SENTINEL, 'backend', 'HighLatency', durations(98));
    staysSilent(SENTINEL, 'backend', 'HighLatency', durations(99.5));
  });

  it('[SEN-046] the share of slow requests is recorded once, and what alerts and panels ask for is what is recorded', () => {
    const name = 'max by () (slo:error_ratio:rate5m)';
    expect(SENTINEL, 'backend', durations(98), '25m', `round(${name} * 1000)`, [{ labels: '{}', value: 20 }]);
    const recorded = new Set<string>();
    for (const { rules } of SENTINEL.data('prometheus/rules/backend.yaml').groups)
      for (const { record } of rules) if (record !== undefined) recorded.add(record);
    const asked = `${SENTINEL.read('prometheus/rules/backend.yaml')} ${SENTINEL.read('grafana/sentinel.json')}`;
    const used = new Set([...asked.matchAll(/\bslo:[a-z_]+:[a-z0-9]+/g)].map(([one]) => one));
    deepEqual(
      [...used].filter((one) => !recorded.has(one)),
      [],
    );
  });

  it('[SEN-039] HighErrorRate fires at 6 % of answers with 5xx, not at 5 %, and not without traffic', () => {
    const answers = (good: number, bad: number) => ({
      ...UP,
      [counted('200')]: flow(good),
      [counted('500')]: flow(bad),
    });
    fires(SENTINEL, 'backend', 'HighErrorRate', answers(94, 6));
    staysSilent(SENTINEL, 'backend', 'HighErrorRate', answers(95, 5));
    staysSilent(SENTINEL, 'backend', 'HighErrorRate', answers(0, 0));
  });

  const backend = 'job="backend", namespace="sentinel-production", instance="a"';

  it('[SEN-044] AgentZombie fires when one of the agents was not heard of for more than 300 s', () => {
    const ages = (one: number) => ({
      [`up{${backend}}`]: level(1),
      [`sentinel_agent_heartbeat_age_seconds{${backend}, agent="one"}`]: level(one),
      [`sentinel_agent_heartbeat_age_seconds{${backend}, agent="other"}`]: level(3),
    });
    fires(SENTINEL, 'backend', 'AgentZombie', ages(301), '6m');
    staysSilent(SENTINEL, 'backend', 'AgentZombie', ages(300), '6m');
  });

  it('[SEN-045] BudgetThreshold warns when a budget is used to more than 80 %', () => {
    const used = (share: number) => ({
      [`up{${backend}}`]: level(1),
      [`sentinel_budget_used_ratio{${backend}, budget="tokens"}`]: level(share),
    });
    fires(SENTINEL, 'backend', 'BudgetThreshold', used(0.81), '6m');
    staysSilent(SENTINEL, 'backend', 'BudgetThreshold', used(0.8), '6m');
    const warns = 'count(ALERTS{alertname="BudgetThreshold", severity="warning", alertstate="firing"})';
    expect(SENTINEL, 'backend', used(0.81), '6m', warns, [{ labels: '{}', value: 1 }]);
  });

  it('[SEN-041] BreakerOpen and CircuitBreakerOpen fire while a breaker is open, the one of the gateway and those of the program', () => {
    const gateway = (state: number) => ({
      ...UP,
      [`breaker_state{${of}, kind="upstream", name="backend"}`]: level(state),
    });
    fires(SENTINEL, 'gateway', 'BreakerOpen', gateway(2), '3m');
    staysSilent(SENTINEL, 'gateway', 'BreakerOpen', gateway(2), '1m');
    staysSilent(SENTINEL, 'gateway', 'BreakerOpen', gateway(0), '3m');
    const program = (state: number) => ({
      [`up{${backend}}`]: level(1),
      [`sentinel_circuit_breaker_state{${backend}, upstream="qdrant"}`]: level(state),
      [`sentinel_circuit_breaker_state{${backend}, upstream="postgresql"}`]: level(0),
    });
    fires(SENTINEL, 'backend', 'CircuitBreakerOpen', program(2), '2m');
    staysSilent(SENTINEL, 'backend', 'CircuitBreakerOpen', program(1), '2m');
  });

  /** The value of a panel's first query, with an ordinary interval where Grafana puts its own. */
  function panelShows(title: string, series: Series, samples: Sample[], wrap = (expr: string) => expr): void {
    const { panels } = SENTINEL.data('grafana/sentinel.json');
    const panel = panels.find((one: { readonly title?: string }) => one.title === title);
    ok(panel !== undefined, title);
    const expr = panel.targets[0].expr.replaceAll(/\$(?:__\w+|\{\w+\})/g, '5m');
    expect(SENTINEL, 'backend', series, '25m', wrap(expr), samples);
  }

  it('[SEN-047] the panels of requests and latency show them :: 3.3 a second, and the time that most are within', () => {
    panelShows(
      'backend: requests',
      durations(100),
      [{ labels: '{}', value: 33 }],
      (expr) => `round(sum(${expr}) * 10)`,
    );
    panelShows(
      'backend: latency',
      durations(100),
      [{ labels: '{}', value: 1 }],
      (expr) => `count(max(${expr}) <= 0.5)`,
    );
  });

  it('[SEN-048] the panel of failures shows the share that failed', () => {
    const series = { ...UP, [counted('200')]: flow(90), [counted('500')]: flow(10) };
    panelShows('backend: failures', series, [{ labels: '{}', value: 10 }], (expr) => `round(max(${expr}) * 100)`);
  });
});

describe('the alerts of SentientIQ', (it) => {
  const SENTIENTIQ = compiledSystem('sentientiq', 'production');
  const of = 'job="gateway", instance="a"';
  const UP = { [`up{${of}}`]: level(1) };

  it('[SIQ-047] RedisDown fires a minute after Redis is gone, and clears when it is back', () => {
    const redis = (values: string) => ({ ...UP, ['redis_up{job="redis", instance="a"}']: values });
    fires(SENTIENTIQ, 'orchestrator-api', 'RedisDown', redis('1x10 0x60'), '8m');
    staysSilent(SENTIENTIQ, 'orchestrator-api', 'RedisDown', redis(level(1)), '8m');
    staysSilent(SENTIENTIQ, 'orchestrator-api', 'RedisDown', redis('1x10 0x6 1x60'), '12m');
  });

  it('[SIQ-056] ProviderThrottles fires for the provider that answers 429 to more than a tenth of the calls, and for no other', () => {
    const calls = (throttled: number) => ({
      ...UP,
      [`provider_calls_total{${of}, provider="anthropic", result="sent"}`]: flow(100),
      [`provider_throttled_total{${of}, provider="anthropic"}`]: flow(throttled),
      [`provider_calls_total{${of}, provider="openai", result="sent"}`]: flow(100),
      [`provider_throttled_total{${of}, provider="openai"}`]: flow(1),
    });
    fires(SENTIENTIQ, 'gateway', 'ProviderThrottles', calls(11));
    staysSilent(SENTIENTIQ, 'gateway', 'ProviderThrottles', calls(9));
  });

  it('[SIQ-059] QueueStuck fires when the oldest entry in hand is older than three minutes', () => {
    const age = (seconds: number) => ({
      ...UP,
      [`queue_oldest_pending_seconds{${of}, queue="debate-requests"}`]: level(seconds),
    });
    fires(SENTIENTIQ, 'gateway', 'QueueStuck', age(181), '6m');
    staysSilent(SENTIENTIQ, 'gateway', 'QueueStuck', age(180), '6m');
  });
});

describe('the pool of the database of Jamey', (it) => {
  it('[JAM-059] DatabasePoolExhausted fires when somebody waits for a connection for five minutes', () => {
    const waiting = (count: number) => ({
      'up{job="gateway", instance="a"}': level(1),
      'database_pool_waiting{job="gateway", instance="a"}': level(count),
    });
    fires(JAMEY, 'gateway', 'DatabasePoolExhausted', waiting(1), '6m');
    staysSilent(JAMEY, 'gateway', 'DatabasePoolExhausted', waiting(0), '6m');
  });
});
