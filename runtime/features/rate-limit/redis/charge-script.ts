/**
 * The decision on several budgets at once, as a script of Redis.
 *
 * The same state machine as gcra.ts and settle.ts, statement by statement, on the clock of the server, so that replicas with
 * different clocks agree. Whole numbers up to 2^53 are exact in both. A budget is kept under one key as
 * `<microseconds>:<debt>:<ticks per microsecond>:<ticks per request>` and expires when it has refilled, never before.
 *
 * KEYS: one for each budget. ARGV, for each: cost, ticks per microsecond, ticks per request, ticks of the whole, 1 for a dry
 * run. Cost 0 looks and changes nothing; a negative cost gives back. Answers code and debt of each; codes as in settle.ts.
 */
import type { Charge } from '../charge.ts';

const REDIS_CLOCK = `local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])`;

/** `clock`: statements that set `now` to microseconds; a test sets its own. */
export function chargeScript(clock = REDIS_CLOCK): string {
  return `${clock}
local FITS, CHARGED, OVER = 0, 1, 2
local codes, debts = {}, {}
local admitted = true
for i = 1, #KEYS do
  local a = (i - 1) * 5
  local cost, rate, emission, depth = tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4])
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
    if ARGV[a + 5] ~= '1' then
      admitted = false
    end
  end
end
local reply = {}
for i = 1, #KEYS do
  local a = (i - 1) * 5
  local cost = tonumber(ARGV[a + 1])
  if admitted and codes[i] == FITS and cost ~= 0 then
    local rate, emission = tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
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

/** Arguments of one charge. */
export function chargeArguments({ size: { bucket }, cost, rules }: Charge): readonly (string | number)[] {
  return [cost, bucket.ticksPerUs, bucket.emissionTicks, bucket.depthTicks, rules.dryRun ? 1 : 0];
}

export interface ScriptReply {
  readonly codes: readonly number[];
  readonly debts: readonly number[];
}

/** Undefined when the answer is none of this script. */
export function parseReply(reply: unknown, count: number): ScriptReply | undefined {
  if (!Array.isArray(reply) || reply.length !== count * 2) return undefined;
  const numbers = reply.map(Number);
  if (!numbers.every(Number.isFinite)) return undefined;
  return {
    codes: numbers.filter((_number, index) => index % 2 === 0),
    debts: numbers.filter((_number, index) => index % 2 === 1),
  };
}
