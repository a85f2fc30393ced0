--[[
  Adds clicks of one subject to its sliding window and counts them.

  KEYS[1]  sorted set of the bucket that holds the clicks: member click id, score time in ms
  KEYS[2]  the bucket before it (same hash tag, so the same slot)

  ARGV[1]  length of the window, ms
  ARGV[2]  up to how many the count must be exact
  ARGV[3]  time to live of the bucket, ms
  ARGV[4…] pairs: time in ms, click id; in the order of arrival

  Returns  for each pair two numbers: the clicks in (time - window, time], itself included, and 1 if it was added here.
           A click id that is there already is not added again: a repeat never counts.

  A window touches the end of the elder bucket and the start of the younger. So of a full bucket the newest and the oldest
  are enough, and the one in the middle makes room: whatever was sent before, no time is left without its count.
]]
local window = tonumber(ARGV[1])
local exact = tonumber(ARGV[2])
local counts = {}
for i = 4, #ARGV, 2 do
  local at = tonumber(ARGV[i])
  local added = redis.call('ZADD', KEYS[1], 'NX', ARGV[i], ARGV[i + 1])
  local from = '(' .. string.format('%.0f', at - window)
  counts[#counts + 1] = redis.call('ZCOUNT', KEYS[1], from, ARGV[i]) + redis.call('ZCOUNT', KEYS[2], from, ARGV[i])
  counts[#counts + 1] = added
  if added == 1 and redis.call('ZCARD', KEYS[1]) > 2 * exact then
    redis.call('ZREMRANGEBYRANK', KEYS[1], exact, exact)
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return counts
