/**
 * Which target of an upstream is next.
 *
 * Targets that are left out get nothing while another is in; when all are out, all are tried, as a guess at health must
 * never make an outage of its own.
 */
import type { Upstream } from '../../schemas/runtime-policy.gen.ts';
import type { UpstreamTarget } from './upstream-target.ts';

export interface Balancer {
  /** The next target, rather another than `tried`. */
  pick(tried: UpstreamTarget | undefined, nowMs: number): UpstreamTarget | undefined;
}

export function createBalancer(targets: readonly UpstreamTarget[], balance: Upstream['balance']): Balancer {
  const only = targets.length === 1 ? targets[0] : undefined;
  const chooses = balance === 'least-connections' ? leastBusy : firstOf;
  let turn = 0;

  return {
    pick(tried, nowMs) {
      if (only !== undefined) return only;
      const from = turn;
      // A retry goes past a target and takes no turn, or the target that fails would be first each time.
      if (tried === undefined) turn = (turn + 1) % targets.length;
      const isIn = (target: UpstreamTarget) => target !== tried && target.health.isIn(nowMs);
      return chooses(targets, from, isIn) ?? chooses(targets, from, (target) => target !== tried) ?? targets[from];
    },
  };
}

type Choose = (
  targets: readonly UpstreamTarget[],
  from: number,
  mayBe: (target: UpstreamTarget) => boolean,
) => UpstreamTarget | undefined;

const firstOf: Choose = (targets, from, mayBe) => {
  for (let step = 0; step < targets.length; step += 1) {
    const target = targets[(from + step) % targets.length];
    if (target !== undefined && mayBe(target)) return target;
  }
  return undefined;
};

/** Among equals the one whose turn it is. */
const leastBusy: Choose = (targets, from, mayBe) => {
  let least: UpstreamTarget | undefined;
  for (let step = 0; step < targets.length; step += 1) {
    const target = targets[(from + step) % targets.length];
    if (target !== undefined && mayBe(target) && (least === undefined || target.active < least.active)) least = target;
  }
  return least;
};
