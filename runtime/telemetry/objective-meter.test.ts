import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import type { Objective } from '../../schemas/runtime-policy.gen.ts';
import { testRoute } from '../testing/policy.ts';
import { createObjectiveMeter } from './objective-meter.ts';

const available: Objective = { name: 'available', upstream: 'main', target: 0.99, windowMs: 1_000 };
const quick: Objective = { name: 'quick', upstream: 'main', target: 0.9, windowMs: 1_000, withinMs: 50 };
const http = testRoute({ id: 'http' });
const stream = testRoute({ id: 'stream', kind: 'sse' });
const other = testRoute({ id: 'other', upstream: 'other' });

describe('objective meter', (it) => {
  const meter = createObjectiveMeter();
  const policy = { objectives: [available, quick], routes: [http, stream, other] };
  const counts = () => meter.list().map(({ total, bad }) => [total, bad]);

  it('counts what the compiled rules count', () => {
    meter.use(policy);
    meter.record(http, 200, 50);
    meter.record(http, 200, 50.1);
    meter.record(http, 500, 1);
    meter.record(http, 404, 1);
    meter.record(http, 429, 900);
    meter.record(stream, 200, 60_000);
    meter.record(other, 500, 900);
    deepEqual(counts(), [
      [6, 1],
      [4, 1],
    ]);
  });

  it('keeps its counts over a reload, and forgets an objective that changed', () => {
    meter.use({ ...policy, objectives: [available, { ...quick, target: 0.95 }] });
    deepEqual(counts(), [
      [6, 1],
      [0, 0],
    ]);
    meter.record(http, 200, 1);
    equal(counts()[0]?.[0], 7);
  });

  it('counts one route where the objective names one, and streams where there is nothing else', () => {
    const meter2 = createObjectiveMeter();
    meter2.use({ objectives: [{ ...quick, route: 'stream' }], routes: [http, stream] });
    meter2.record(http, 200, 900);
    meter2.record(stream, 200, 900);
    deepEqual(
      meter2.list().map(({ total, bad }) => [total, bad]),
      [[1, 1]],
    );
  });
});
