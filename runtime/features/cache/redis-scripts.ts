/**
 * The scripts of the shared store.
 *
 * Each is one round trip. A mark is a random word for each tag: an entry is valid while the marks that were read before it
 * was fetched are still the marks of its tags. Losing marks (a flush, an eviction, a failover) makes entries invalid, never
 * valid again.
 */
import { script } from '../../storage/redis/scripts.ts';

/** KEYS: entry, index, marks. ARGV: a new mark, how long marks live in ms. Gives value, ms left, marks. */
export const READ = script(`
local reply = { false, 0 }
for at = 3, #KEYS do
  local mark = redis.call('GET', KEYS[at])
  if not mark then
    redis.call('SET', KEYS[at], ARGV[1], 'PX', ARGV[2])
    mark = ARGV[1]
  end
  reply[at] = mark
end
local value = redis.call('GET', KEYS[1])
if value then
  reply[1] = value
  reply[2] = redis.call('PTTL', KEYS[1])
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[2], 'XX', time[1] * 1000 + math.floor(time[2] / 1000), KEYS[1])
end
return reply`);

/** KEYS: entry, index, marks. ARGV: value, its life in ms, most entries, how long marks live, marks. Gives the number of entries evicted, or -1 when a mark changed. */
export const PUT = script(`
for at = 3, #KEYS do
  if redis.call('GET', KEYS[at]) ~= ARGV[at + 2] then return -1 end
  redis.call('PEXPIRE', KEYS[at], ARGV[4])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[2], now, KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[4])
local over = redis.call('ZCARD', KEYS[2]) - ARGV[3]
local evicted = 0
if over > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], over)
  for at = 1, #oldest, 2 do evicted = evicted + redis.call('UNLINK', oldest[at]) end
end
return evicted`);

/** KEYS: marks. ARGV: a new mark, how long it lives in ms. */
export const MARK = script(`
for at = 1, #KEYS do redis.call('SET', KEYS[at], ARGV[1], 'PX', ARGV[2]) end
return #KEYS`);
