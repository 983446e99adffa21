-- What stands in front of every script: its words one after the other, and whether Redis still remembers anything.
local pool, at = KEYS[1], 0

local function take()
  at = at + 1
  return ARGV[at]
end

local function times()
  return tonumber(take())
end

local function list()
  local items = {}
  for i = 1, times() do
    items[i] = take()
  end
  return items
end

if redis.call('GET', pool .. ':marker') ~= take() then
  return -1
end
