import { deepEqual } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { createHistogram } from './plain-histogram.ts';

describe('plain histogram', (it) => {
  it('counts a value on a boundary below it, one above all of them at the end, each series apart', () => {
    const histogram = createHistogram({ name: 'n', description: 'd', boundaries: [0.25, 1] });
    const get = histogram.series({ method: 'GET' });
    const put = histogram.series({ method: 'PUT' });
    for (const value of [0.25, 0.5, 1, 4]) get(value);
    put(8);
    const found = histogram.read().dataPoints.map(({ attributes, value }) => ({ attributes, ...value }));
    deepEqual(found, [
      { attributes: { method: 'GET' }, buckets: { boundaries: [0.25, 1], counts: [1, 2, 1] }, sum: 5.75, count: 4 },
      { attributes: { method: 'PUT' }, buckets: { boundaries: [0.25, 1], counts: [0, 0, 1] }, sum: 8, count: 1 },
    ]);
  });

  it('gives a reading that later records leave alone', () => {
    const histogram = createHistogram({ name: 'n', description: 'd', boundaries: [1] });
    const record = histogram.series({});
    const before = histogram.read();
    record(0.5);
    deepEqual(before.dataPoints[0]?.value.buckets.counts, [0, 0]);
  });
});
