--[[
  Deletes a mark if it is still pending and ours; a committed one, or another node's, stays.

  KEYS[1]  the mark
  ARGV[1]  how our pending marks begin

  Returns  1 if it was deleted, else 0
]]
local mark = redis.call('GET', KEYS[1])
if mark and string.sub(mark, 1, #ARGV[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
