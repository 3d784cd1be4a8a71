/**
 * Budgets in the memory of one process.
 *
 * Decides all limits of a request at once and on the spot. Relies on gcra.ts for the arithmetic and on state-table.ts for the
 * bound on memory.
 */
import type { Charge, LimitStore } from './charge.ts';
import { debtAt, microseconds } from './gcra.ts';
import { CHARGED, describeSettled, settle } from './settle.ts';
import { createStateTable, type StateTable } from './state-table.ts';

/** A store that always answers on the spot. */
export interface MemoryLimitStore extends LimitStore {
  charge(charges: readonly Charge[], nowMs: number): ReturnType<LimitStore['peek']>;
}

export function createMemoryLimitStore(states: StateTable = createStateTable()): MemoryLimitStore {
  function debtsAt(charges: readonly Charge[], nowUs: number): number[] {
    const debts: number[] = [];
    for (const { key, size } of charges) debts.push(debtAt(size.bucket, states.get(key), nowUs));
    return debts;
  }

  return {
    isShared: false,
    charge(charges, nowMs) {
      const nowUs = microseconds(nowMs);
      const debts = debtsAt(charges, nowUs);
      const { isAdmitted, codes } = settle(charges, debts);
      for (let index = 0; isAdmitted && index < charges.length; index += 1) {
        const charge = charges[index];
        if (charge !== undefined && codes[index] === CHARGED) {
          states.set(charge.key, charge.size.bucket, debts[index] ?? 0, nowUs);
        }
      }
      return describeSettled(charges, codes, debts);
    },
    peek(charges, nowMs) {
      const debts = debtsAt(charges, microseconds(nowMs));
      return describeSettled(charges, settle(charges, [...debts]).codes, debts);
    },
    async read(charge, nowMs) {
      const free = [{ ...charge, cost: 0 }];
      return describeSettled(free, [], debtsAt(free, microseconds(nowMs)))[0];
    },
    async forget({ key }) {
      states.delete(key);
      return true;
    },
    get size() {
      return states.size;
    },
    get evictions() {
      return states.evictions;
    },
  };
}
