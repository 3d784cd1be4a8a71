/** The ways out to a provider, which take turns. */
import type { CircuitBreaker, Ticket } from '../../resilience/breaker.ts';
import type { PlannedTarget } from './plan-providers.ts';

/** One way out: a target with its breaker. */
export interface Side {
  /** Undefined for a provider without targets. */
  readonly target: PlannedTarget | undefined;
  readonly breaker: CircuitBreaker | undefined;
}

export interface TakenSide {
  readonly side: Side;
  readonly ticket: Ticket | undefined;
}

/** Takes the next side that lets a call through; one that has just `failed` is the last resort. Undefined when none does. */
export type TakeSide = (sides: readonly Side[], failed: Side | undefined) => TakenSide | undefined;

export function createSideTurns(): TakeSide {
  let turn = 0;
  return (sides, failed) => {
    turn = (turn + 1) % Math.max(1, sides.length);
    const ordered = [...sides.slice(turn), ...sides.slice(0, turn)];
    const others = ordered.filter((side) => side !== failed);
    for (const side of failed !== undefined && sides.includes(failed) ? [...others, failed] : others) {
      if (side.breaker === undefined) return { side, ticket: undefined };
      const ticket = side.breaker.admit();
      if (ticket !== undefined) return { side, ticket };
    }
    return undefined;
  };
}
