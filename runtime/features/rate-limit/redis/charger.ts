/**
 * Runs the script: in one round trip for all budgets that share a slot, in one for each slot of a cluster at once.
 *
 * Owns all-or-nothing over slots: what was charged in one is given back when another refuses or fails. A gateway that dies in
 * between leaves a charge too many, never one too few.
 */
import { createHash } from 'node:crypto';
import type { SharedRedis } from '../../../storage/redis/open-redis.ts';
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
  /** Default: the script on the clock of the server. */
  readonly source?: string | undefined;
}

export function createCharger({ redis, names, source = chargeScript() }: ChargerOptions): Charger {
  const { client } = redis;
  const sha = createHash('sha1').update(source).digest('hex');
  let loading: Promise<unknown> | undefined;

  /** Once for all who wait for it. */
  function load(): Promise<unknown> {
    loading ??= client.script('LOAD', source).finally(() => {
      loading = undefined;
    });
    return loading;
  }

  async function run(charges: readonly Charge[]): Promise<ScriptReply> {
    const keys = charges.map((charge) => names.name(charge));
    const values = charges.flatMap(chargeArguments);
    const answer = await client.evalsha(sha, keys.length, ...keys, ...values).catch(async (error: unknown) => {
      // A server that was restarted, or told to, has forgotten the script.
      if (!isUnknownScript(error)) throw error;
      // In a cluster only the node of these keys need know it.
      if (redis.mode === 'cluster') return client.eval(source, keys.length, ...keys, ...values);
      await load();
      return client.evalsha(sha, keys.length, ...keys, ...values);
    });
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
      await redis.within(client.del(names.name(charge)));
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

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
