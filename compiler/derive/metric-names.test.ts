/**
 * Names of the runtime's metrics beside those of the exporters that are scraped with it: one name in one Prometheus means one thing.
 */
import assert from 'node:assert/strict';
import { EXPORTERS } from '../../schemas/exporters/index.ts';
import { METRICS, seriesNames } from '../../schemas/metrics.ts';
import { describe } from '../testing/suite.ts';

/** Prefixes that client libraries and exporters claim: prometheus.io, "Writing client libraries", "Process metrics"; OpenTelemetry, "HTTP metrics". */
const SHARED_ON_PURPOSE: Readonly<Record<string, string>> = {
  http_server_request_duration_seconds: 'the semantic convention of OpenTelemetry, with its labels',
  http_server_active_requests: 'the semantic convention of OpenTelemetry',
  process_cpu_seconds_total: 'the standard process metrics of client libraries',
  process_resident_memory_bytes: 'the standard process metrics of client libraries',
  process_start_time_seconds: 'the standard process metrics of client libraries',
  nodejs_eventloop_delay_p99_seconds: 'beside nodejs_eventloop_lag_* of prom-client, which measures otherwise',
};

/** Besides those of our own inventories: names that everybody's dashboards look for. */
const OTHERS = ['http_', 'process_', 'nodejs_', 'go_', 'promhttp_', 'python_', 'mysql_', 'probe_', 'prometheus_'];

const prefixes = new Set([
  ...EXPORTERS.flatMap(({ metrics }) => Object.keys(metrics).map((name) => name.slice(0, name.indexOf('_') + 1))),
  ...OTHERS,
]);

describe('names of the metrics of the runtime', (it) => {
  it('are those of no exporter', () => {
    const exported = new Set(EXPORTERS.flatMap(({ metrics }) => Object.keys(metrics)));
    const names = Object.keys(METRICS) as (keyof typeof METRICS)[];
    assert.deepEqual(
      names.flatMap(seriesNames).filter((name) => exported.has(name)),
      [],
    );
  });
  it('begin like those of an exporter or a client library only where they mean the same', () => {
    const claimed = Object.keys(METRICS).filter((name) => [...prefixes].some((prefix) => name.startsWith(prefix)));
    assert.deepEqual(claimed.sort(), Object.keys(SHARED_ON_PURPOSE).sort());
  });
});
