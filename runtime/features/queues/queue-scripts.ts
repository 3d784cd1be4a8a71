/**
 * What must happen to an entry in one step, so that no crash and no other consumer comes in between.
 */
import { script } from '../../storage/redis/scripts.ts';

/** KEYS: stream. ARGV: group, consumer, ids. Says that this consumer still works on these; gives the ids that are no longer its own. */
export const KEEP = script(`
local lost = {}
for at = 3, #ARGV do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[at], ARGV[at], 1)[1]
  if pending and pending[2] == ARGV[2] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[at], 'JUSTID')
  else
    lost[#lost + 1] = ARGV[at]
  end
end
return lost`);

/** KEYS: stream, dead stream. ARGV: group, id, fields. */
export const BURY = script(`
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 3))
redis.call('XDEL', KEYS[1], ARGV[2])
return 1`);

/** KEYS: stream. ARGV: group, id. Work that is done leaves the stream, so that its length is the work that is left. */
export const FINISH = script(`
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return redis.call('XDEL', KEYS[1], ARGV[2])`);

/** KEYS: stream. ARGV: group, consumer. A consumer that leaves work behind is kept: what it holds would be lost with it. */
export const LEAVE = script(`
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if #pending > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1`);

/** KEYS: stream. ARGV: most entries, fields. Gives the id, or nothing when the stream is full. */
export const ADD = script(`
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return false end
return redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))`);
