/** What machines look at: metrics and probes. */

import { type ProbeAnswer, probeAnswer } from '../../http/health/probe-answer.ts';
import { type Answer, notHere, type Operation, operation, type Result } from '../../http/operations/operation.ts';
import { list, object, SWITCH, TEXT, TEXTS } from '../../http/operations/schemas.ts';
import type { Snapshot } from '../../process/snapshot.ts';
import type { AdminParts } from '../admin-parts.ts';

export function metricsOperation({ snapshot, resources }: AdminParts): Operation {
  return operation({
    id: 'getMetrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics in the text format of Prometheus.',
    access: 'open',
    answers: { 200: { description: 'Metrics.', type: 'text/plain; version=0.0.4; charset=utf-8' } },
    async run() {
      const { policy, readiness } = snapshot();
      if (policy.telemetry.metrics === false) return notHere('metrics');
      // A scrape also asks the dependencies and what other replicas were told, or their gauges would be old.
      await Promise.all([readiness.check(), resources.features.beforeScrape()]);
      return { kind: 'text', status: 200, text: await resources.registry.scrape() };
    },
  });
}

const READY = object({
  status: { enum: ['ready', 'starting', 'draining', 'unavailable'] },
  away: TEXTS,
  dependencies: list(object({ name: TEXT, required: SWITCH, up: SWITCH })),
});

export function probeOperationsOf({ policy: { health }, readiness }: Snapshot): readonly Operation[] {
  const ask = async (path: string): Promise<Result> => textOf(await probeAnswer(path, health, readiness));
  return [
    operation({
      id: 'getLiveness',
      method: 'GET',
      path: health.live,
      summary: 'Whether the process can answer at all; looks at nothing else.',
      access: 'open',
      answers: { 200: { description: 'It can.', schema: object({ status: { const: 'alive' } }) } },
      run: () => ask(health.live),
    }),
    operation({
      id: 'getReadiness',
      method: 'GET',
      path: health.ready,
      summary: 'Whether the process should get requests, and if not, what is away.',
      access: 'open',
      answers: { 200: said('It should.'), 503: said('It should not.') },
      run: () => ask(health.ready),
    }),
  ];
}

function said(description: string): Answer {
  return { description, schema: READY };
}

function textOf(answer: ProbeAnswer | undefined): Result {
  return answer === undefined
    ? notHere('probe of this name')
    : { kind: 'json', status: answer.status, value: JSON.parse(answer.body) };
}
