-- Puts records in the place of those that were loaded, all of them or none, and tells the nodes that have to know.
-- The order of ARGV is that of `words_redis.Words`. Answers -1: Redis has lost its memory; 0: a record has changed
-- meanwhile; else a list of which news are for the one who asks.

local here = take()

for _ = 1, times() do
  local key, version = pool .. take(), take()
  if (redis.call('HGET', key, 'v') or '0') ~= version then
    return 0
  end
end

-- What goes to one node goes in one message: the sender, then frames of a kind and a body, lengths before them.
local outgoing = {}

local function say(node, kind, body)
  local frames = outgoing[node]
  if not frames then
    frames = { struct.pack('>Bc0', #here, here) }
    outgoing[node] = frames
  end
  frames[#frames + 1] = struct.pack('>Bc0I4c0', #kind, kind, #body, body)
end

local function say_where(user, node, before, blob)
  local body = struct.pack('>Bc0', #user, user) .. blob
  if before and before ~= '' and before ~= here then
    say(before, 'seat', body)
  end
  if node ~= '' and node ~= here and node ~= before then
    say(node, 'seat', body)
  end
end

local function schedule(name, deadline)
  if deadline == '' then
    redis.call('ZREM', pool .. ':due', name)
  else
    redis.call('ZADD', pool .. ':due', deadline, name)
  end
end

local function each_place(places, act)
  for place in string.gmatch(places, '[^\n]+') do
    act(pool .. ':' .. place, place)
  end
end

local function leave(user, places)
  each_place(places, function(key)
    redis.call('ZREM', key, user)
  end)
end

local function line_up(user, places, since)
  local order = redis.call('INCR', pool .. ':order') % 4096
  local score = string.format('%.0f', since * 4096 + order)
  each_place(places, function(key, place)
    redis.call('ZADD', key, score, user)
    if redis.call('ZCARD', key) == 1 and not string.find(place, '#', 1, true) then
      redis.call('SADD', pool .. ':places', place)
    end
  end)
end

-- Gives the next *count* words to a command, not more at once than Lua can.
local function many(command, key, count)
  while count > 0 do
    local some = math.min(count, 1000)
    redis.call(command, key, unpack(ARGV, at + 1, at + some))
    at, count = at + some, count - some
  end
end

local nodes = {}

for _ = 1, times() do
  local user, version, node, deadline, blob, places, since = take(), take(), take(), take(), take(), take(), take()
  local key = pool .. ':seat:' .. user
  local old = redis.call('HMGET', key, 'n', 'p', 's')
  local before, stood, stood_since = old[1], old[2] or '', old[3] or ''
  if stood ~= places or stood_since ~= since then
    leave(user, stood)
    line_up(user, places, tonumber(since) or 0)
  end
  redis.call('HSET', key, 'v', version, 'b', blob, 'n', node, 'p', places, 's', since)
  if before ~= node then
    if before and before ~= '' then
      redis.call('SREM', pool .. ':people:' .. before, user)
    end
    if node ~= '' and redis.call('SADD', pool .. ':people:' .. node, user) == 1 then
      -- Who has people is on the list of nodes, also if Redis has just lost it: or nobody would see to them.
      local t = redis.call('TIME')
      redis.call('ZADD', pool .. ':nodes', 'NX', t[1] * 1000 + math.floor(t[2] / 1000), node)
    end
  end
  nodes[user] = node
  schedule('seat:' .. user, deadline)
  say_where(user, node, before, blob)
  if take() == '=' then
    local avoid = pool .. ':avoid:' .. user
    redis.call('DEL', avoid)
    many('HSET', avoid, 2 * times())
  end
  local how, offered = take(), pool .. ':offered:' .. user
  if how == '=' then
    redis.call('DEL', offered)
  end
  if how ~= '' then
    many('SADD', offered, times())
  end
end

for _ = 1, times() do
  local user = take()
  local key = pool .. ':seat:' .. user
  local old = redis.call('HMGET', key, 'n', 'p')
  if old[1] then
    leave(user, old[2])
    redis.call('DEL', key, pool .. ':avoid:' .. user, pool .. ':offered:' .. user)
    redis.call('SREM', pool .. ':people:' .. old[1], user)
    schedule('seat:' .. user, '')
    say_where(user, '', old[1], '')
    nodes[user] = old[1]
  end
end

for _ = 1, times() do
  local name, version, deadline, blob = take(), take(), take(), take()
  redis.call('HSET', pool .. ':invite:' .. name, 'v', version, 'b', blob)
  schedule('invite:' .. name, deadline)
end

for _ = 1, times() do
  local name = take()
  redis.call('DEL', pool .. ':invite:' .. name)
  schedule('invite:' .. name, '')
end

for _ = 1, times() do
  local name, deadline, blob = take(), take(), take()
  redis.call('SET', pool .. ':opening:' .. name, blob)
  schedule('claim:' .. name, deadline)
end

for _ = 1, times() do
  local how, user, other, instant = take(), take(), take(), take()
  local avoid = pool .. ':avoid:' .. user
  local known = redis.call('HGET', avoid, other)
  if how == 'forgiven' then
    if known == instant then
      redis.call('HDEL', avoid, other)
    end
  elseif redis.call('EXISTS', pool .. ':seat:' .. user) == 1 then
    if not known or tonumber(known) < tonumber(instant) then
      redis.call('HSET', avoid, other, instant)
    end
  end
end

local mine = {}

for i = 1, times() do
  local user, kind, body = take(), take(), take()
  local node = nodes[user] or redis.call('HGET', pool .. ':seat:' .. user, 'n')
  if node and node ~= '' and node ~= here then
    say(node, kind, body)
  else
    mine[#mine + 1] = i
  end
end

for node, frames in pairs(outgoing) do
  redis.call('PUBLISH', pool .. ':to:' .. node, table.concat(frames))
end
return mine
