--[[
  Adds clicks of one subject to its sliding window and counts them.

  KEYS[1]  sorted set of the bucket that holds the clicks: member click id, score time in ms
  KEYS[2]  the bucket before it (same hash tag, so the same slot)

  ARGV[1]  length of the window, ms
  ARGV[2]  most members a bucket keeps
  ARGV[3]  time to live of the bucket, ms
  ARGV[4…] pairs: time in ms, click id; in the order of arrival

  Returns  for each pair the number of clicks in (time - window, time], itself included.
           A click id that is there already is not added again: a repeat never counts.
]]
local window = tonumber(ARGV[1])
local counts = {}
for i = 4, #ARGV, 2 do
  local at = tonumber(ARGV[i])
  local own = 0
  if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[2]) then
    redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1])
  elseif not redis.call('ZSCORE', KEYS[1], ARGV[i + 1]) then
    own = 1
  end
  local from = '(' .. string.format('%.0f', at - window)
  counts[#counts + 1] = own + redis.call('ZCOUNT', KEYS[1], from, ARGV[i]) + redis.call('ZCOUNT', KEYS[2], from, ARGV[i])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return counts
