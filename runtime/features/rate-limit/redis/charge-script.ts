/**
 * The decision on several budgets at once, as a script of Redis.
 *
 * The same state machine as gcra.ts and settle.ts, statement by statement, on the clock of the server, so that replicas with
 * different clocks agree. Whole numbers up to 2^53 are exact in both. A budget is kept under one key as
 * `<microseconds>:<debt>:<ticks per microsecond>:<ticks per request>` and expires when it has refilled, never before.
 *
 * KEYS: one for each budget. ARGV: for each one text, `<cost>:<1 for a dry run>:<ticks per microsecond>:<ticks per
 * request>:<ticks of the whole>`, as each argument costs the client as much as the decision. Cost 0 looks and changes nothing;
 * a negative cost gives back. Answers code and debt of each; codes as in settle.ts.
 */
import type { Charge } from '../charge.ts';

const REDIS_CLOCK = `local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])`;

/** `clock`: statements that set `now` to microseconds; a test sets its own. */
export function chargeScript(clock = REDIS_CLOCK): string {
  return `${clock}
local FITS, CHARGED, OVER = 0, 1, 2
local codes, debts, costs, rates, emissions = {}, {}, {}, {}, {}
local admitted = true
for i = 1, #KEYS do
  local cost, dry, rate, emission, depth = string.match(ARGV[i], '^(-?%d+):(%d):(%d+):(%d+):(%d+)$')
  cost, rate, emission, depth = tonumber(cost), tonumber(rate), tonumber(emission), tonumber(depth)
  costs[i], rates[i], emissions[i] = cost, rate, emission
  local debt = 0
  local state = redis.call('GET', KEYS[i])
  if state then
    local at, was, wasRate, wasEmission = string.match(state, '^(%d+):(%d+):(%d+):(%d+)$')
    if not at then
      return redis.error_reply('STATE a budget is not what was kept')
    end
    at, debt, wasRate, wasEmission = tonumber(at), tonumber(was), tonumber(wasRate), tonumber(wasEmission)
    if now > at then
      debt = debt - (now - at) * wasRate
    end
    if debt <= 0 then
      debt = 0
    else
      if wasRate ~= rate or wasEmission ~= emission then
        debt = math.ceil(debt * emission / wasEmission)
      end
      debt = math.min(depth, debt)
    end
  end
  codes[i], debts[i] = FITS, debt
  if debt + cost * emission > depth then
    codes[i] = OVER
    if dry ~= '1' then
      admitted = false
    end
  end
end
local reply = {}
for i = 1, #KEYS do
  local cost, rate, emission = costs[i], rates[i], emissions[i]
  if admitted and codes[i] == FITS and cost ~= 0 then
    local debt = math.max(0, debts[i] + cost * emission)
    codes[i], debts[i] = CHARGED, debt
    if debt == 0 then
      redis.call('DEL', KEYS[i])
    else
      local value = string.format('%.0f:%.0f:%.0f:%.0f', now, debt, rate, emission)
      redis.call('SET', KEYS[i], value, 'PX', string.format('%.0f', math.ceil(debt / (rate * 1000)) + 1))
    end
  end
  reply[i * 2 - 1] = codes[i]
  reply[i * 2] = debts[i]
end
return reply`;
}

/** The argument of one charge. */
export function chargeArgument({ size: { bucket }, cost, rules }: Charge): string {
  return `${cost}:${rules.dryRun ? 1 : 0}:${bucket.ticksPerUs}:${bucket.emissionTicks}:${bucket.depthTicks}`;
}

export interface ScriptReply {
  readonly codes: readonly number[];
  readonly debts: readonly number[];
}

/** Undefined when the answer is none of this script. */
export function parseReply(reply: unknown, count: number): ScriptReply | undefined {
  if (!Array.isArray(reply) || reply.length !== count * 2) return undefined;
  const codes: number[] = [];
  const debts: number[] = [];
  for (let index = 0; index < reply.length; index += 2) {
    const [code, debt] = [Number(reply[index]), Number(reply[index + 1])];
    if (!Number.isFinite(code) || !Number.isFinite(debt)) return undefined;
    codes.push(code);
    debts.push(debt);
  }
  return { codes, debts };
}
