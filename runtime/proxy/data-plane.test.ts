import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { createRetryBudget } from '../resilience/retry-budget.ts';
import { statedTimeoutMs } from './deadline.ts';
import { createTargetHealth, type HealthSettings } from './target-health.ts';

const SETTINGS: HealthSettings = { intervalMs: 100, timeoutMs: 50, unhealthyAfter: 3, healthyAfter: 2, ejectMs: 1_000 };

function started(settings: HealthSettings = SETTINGS) {
  let ejections = 0;
  const health = createTargetHealth(() => {
    ejections += 1;
  });
  health.use(settings);
  return { health, ejections: () => ejections };
}

describe('target health', (it) => {
  it('leaves a target out after so many failures in a row, and not one earlier', () => {
    const { health, ejections } = started();
    health.failed(0);
    health.failed(1);
    health.succeeded(2);
    health.failed(3);
    health.failed(4);
    equal(health.isIn(5), true);
    health.failed(5);
    deepEqual([health.isIn(5), ejections(), health.outUntilMs], [false, 1, 1_005]);
    health.failed(6);
    equal(ejections(), 1, 'what is out cannot be left out again');
  });

  it('lets it back in on probation :: one failure is enough then, good answers end it', () => {
    const { health, ejections } = started();
    for (let nowMs = 0; nowMs < 3; nowMs += 1) health.failed(nowMs);
    equal(health.isIn(1_001), false);
    equal(health.isIn(1_002), true);
    health.failed(1_003);
    deepEqual([health.isIn(1_003), ejections()], [false, 2]);
    equal(health.isIn(2_003), true);
    health.succeeded(2_004);
    health.succeeded(2_005);
    health.failed(2_006);
    equal(health.isIn(2_006), true);
  });

  it('waits for good answers where it asks, however long that takes', () => {
    const { health } = started({ ...SETTINGS, path: '/health' });
    for (let nowMs = 0; nowMs < 3; nowMs += 1) health.failed(nowMs);
    equal(health.isIn(60_000), false);
    health.succeeded(60_001);
    equal(health.isIn(60_001), false);
    health.succeeded(60_002);
    equal(health.isIn(60_002), true);
    health.failed(60_003);
    equal(health.isIn(60_003), true, 'no probation after it has answered');
  });

  it('keeps what it knows over a new policy, and forgets it where health is not declared', () => {
    const { health } = started();
    for (let nowMs = 0; nowMs < 3; nowMs += 1) health.failed(nowMs);
    health.use({ ...SETTINGS, ejectMs: 9_000 });
    equal(health.isIn(10), false);
    health.use(undefined);
    equal(health.isIn(10), true);
    for (let nowMs = 0; nowMs < 9; nowMs += 1) health.failed(nowMs);
    equal(health.isIn(10), true);
  });
});

describe('retry budget', (it) => {
  it('is three, or a share of the requests in their first attempt', () => {
    const budget = createRetryBudget();
    budget.requestStarted(0.2);
    equal([1, 2, 3, 4].map(() => budget.take(0.2, false)).join(), 'true,true,true,false');
    for (let index = 0; index < 119; index += 1) budget.requestStarted(0.2);
    let taken = 3;
    while (budget.take(0.2, false)) taken += 1;
    // 20 of the 100 that are left in their first attempt.
    equal(taken, 20);
  });

  it('is earned by requests, too :: quick retries cannot pass it many times over', () => {
    const budget = createRetryBudget();
    for (let index = 0; index < 100; index += 1) budget.requestStarted(0.125);
    let taken = 0;
    // Each ends before the next, so that only three are ever in flight beside the one that asks.
    for (let index = 0; index < 3; index += 1) budget.take(0.125, false);
    for (let index = 0; index < 100; index += 1) {
      if (!budget.take(0.125, false)) continue;
      taken += 1;
      budget.release();
    }
    equal(taken, 9);
    equal(budget.take(0.125, true), true, 'a few in flight are always allowed');
  });
});

describe('stated timeout', (it) => {
  it('reads both fields, and neither when it is no number', () => {
    const cases: readonly (readonly [Record<string, string | string[]>, number | undefined])[] = [
      [{ 'x-request-deadline-ms': '1500' }, 1_500],
      [{ 'x-request-deadline-ms': '0' }, 0],
      [{ 'x-request-deadline-ms': '1500', 'grpc-timeout': '1S' }, 1_500],
      [{ 'grpc-timeout': '250m' }, 250],
      [{ 'grpc-timeout': '2S' }, 2_000],
      [{ 'grpc-timeout': '1M' }, 60_000],
      [{ 'grpc-timeout': '1H' }, 3_600_000],
      [{ 'grpc-timeout': '500u' }, 0.5],
      [{ 'x-request-deadline-ms': '-5' }, undefined],
      [{ 'x-request-deadline-ms': '1e3' }, undefined],
      [{ 'x-request-deadline-ms': '9'.repeat(30) }, undefined],
      [{ 'x-request-deadline-ms': ['1', '2'] }, undefined],
      [{ 'grpc-timeout': '250' }, undefined],
      [{}, undefined],
    ];
    for (const [headers, expected] of cases) equal(statedTimeoutMs(headers), expected, JSON.stringify(headers));
  });
});
