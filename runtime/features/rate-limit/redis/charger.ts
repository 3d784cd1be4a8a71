/**
 * Runs the script: in one round trip for all budgets that share a slot, in one for each slot of a cluster at once.
 *
 * Owns all-or-nothing over slots: what was charged in one is given back when another refuses or fails. A gateway that dies in
 * between leaves a charge too many, never one too few.
 */
import type { SharedRedis } from '../../../storage/redis/open-redis.ts';
import { runScript, script } from '../../../storage/redis/scripts.ts';
import type { Charge } from '../charge.ts';
import { CHARGED, FITS, OVER } from '../settle.ts';
import { chargeArguments, chargeScript, parseReply, type ScriptReply } from './charge-script.ts';
import type { KeyNames } from './key-names.ts';

export interface Charger {
  /** Codes and debts in the order of the charges. Fails when Redis does. */
  charge(charges: readonly Charge[]): Promise<ScriptReply>;
  forget(charge: Charge): Promise<void>;
}

export interface ChargerOptions {
  readonly redis: SharedRedis;
  readonly names: KeyNames;
}

const CHARGE = script(chargeScript());

export function createCharger({ redis, names }: ChargerOptions): Charger {
  async function run(charges: readonly Charge[]): Promise<ScriptReply> {
    const keys = charges.map((charge) => names.name(charge));
    const answer = await runScript(redis.client, CHARGE, keys, charges.flatMap(chargeArguments));
    const reply = parseReply(answer, charges.length);
    if (reply === undefined) throw new Error('STATE the script answered something else');
    return reply;
  }

  function giveBack(charges: readonly Charge[]): void {
    // Best effort: what is not given back refills by itself.
    if (charges.length > 0) run(charges.map((charge) => ({ ...charge, cost: -charge.cost }))).catch(() => undefined);
  }

  async function runGroups(charges: readonly Charge[], groups: readonly (readonly number[])[]): Promise<ScriptReply> {
    const at = (indices: readonly number[]) => indices.flatMap((index) => charges[index] ?? []);
    const results = await Promise.allSettled(groups.map((indices) => run(at(indices))));
    const failed = results.find((result) => result.status === 'rejected');
    const codes: number[] = [];
    const debts: number[] = [];
    results.forEach((result, group) => {
      groups[group]?.forEach((index, place) => {
        if (result.status !== 'fulfilled') return;
        codes[index] = result.value.codes[place] ?? OVER;
        debts[index] = result.value.debts[place] ?? 0;
      });
    });
    const isRefused = charges.some(({ rules }, index) => codes[index] === OVER && !rules.dryRun);
    if (failed === undefined && !isRefused) return { codes, debts };
    const charged = groups.map((indices) => indices.filter((index) => codes[index] === CHARGED));
    for (const indices of charged) giveBack(at(indices));
    if (failed !== undefined) throw failed.reason;
    for (const index of charged.flat()) {
      const charge = charges[index];
      codes[index] = FITS;
      debts[index] = (debts[index] ?? 0) - (charge === undefined ? 0 : charge.cost * charge.size.bucket.emissionTicks);
    }
    return { codes, debts };
  }

  return {
    charge(charges) {
      const groups = groupBySlot(charges, names);
      return redis.within(groups.length <= 1 ? run(charges) : runGroups(charges, groups));
    },
    async forget(charge) {
      await redis.within(redis.client.del(names.name(charge)));
    },
  };
}

function groupBySlot(charges: readonly Charge[], names: KeyNames): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  charges.forEach((charge, index) => {
    const slot = names.slot(charge);
    const group = groups.get(slot);
    if (group === undefined) groups.set(slot, [index]);
    else group.push(index);
  });
  return [...groups.values()];
}
