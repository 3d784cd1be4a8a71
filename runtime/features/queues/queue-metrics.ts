/** The queues as metrics, measured at each scrape. */
import type { MetricRegistry, Observations } from '../../telemetry/registry.ts';
import type { QueueReading } from './measure-queue.ts';
import type { Queues } from './queues.ts';

type QueueGauge =
  | 'queue_length'
  | 'queue_pending'
  | 'queue_oldest_pending_seconds'
  | 'queue_consumers'
  | 'queue_dead_entries';

export function exportQueues(registry: MetricRegistry, queues: Queues): void {
  registry.gauge('queue_up', async () =>
    [...(await queues.measure())].map(([queue, reading]) => [Number(reading !== undefined), { queue }]),
  );
  const gauge = (name: QueueGauge, value: (reading: QueueReading) => number): void =>
    registry.gauge(name, observations(queues, value));
  gauge('queue_length', ({ length }) => length);
  gauge('queue_pending', ({ pending }) => pending);
  gauge('queue_oldest_pending_seconds', ({ oldestPendingMs }) => oldestPendingMs / 1_000);
  gauge('queue_consumers', ({ consumers }) => consumers);
  gauge('queue_dead_entries', ({ dead }) => dead);
}

/** What cannot be measured is no number: the exporter would repeat the last one for an absent value. */
function observations(queues: Queues, value: (reading: QueueReading) => number): Observations<QueueGauge> {
  return async () =>
    [...(await queues.measure())].map(([queue, reading]) => [
      reading === undefined ? Number.NaN : value(reading),
      { queue },
    ]);
}
