-- Finds whom somebody who waits might meet: walks the heads of the lines it is given, and passes over whom it or they
-- avoid. Which lines those are, and who goes first, is decided elsewhere. Answers -1: Redis has lost its memory; a list
-- of one: all lines there are, for there are others than the caller knows; else new, kindred, offered, introduced as
-- seats, and when the first who stood in the way no longer does.
local FIRST, MOST, NEVER = 2, 64, 9007199254740992

if redis.call('SCARD', pool .. ':places') ~= tonumber(take()) then
  return { redis.call('SMEMBERS', pool .. ':places') }
end

local me, now = take(), tonumber(take())
local lines, tags, introduced = list(), list(), list()
-- What a stranger avoids and was offered, who has no seat that could tell.
local avoid, offered = {}, {}
for _ = 1, tonumber(take()) do
  avoid[take()] = tonumber(take())
end
for _, user in ipairs(list()) do
  offered[user] = true
end
local my_avoid, my_offered = pool .. ':avoid:' .. me, pool .. ':offered:' .. me
local i_avoid, i_was_offered = redis.call('EXISTS', my_avoid) == 1, redis.call('EXISTS', my_offered) == 1

local function later(one, other)
  return math.max(tonumber(one or 0), tonumber(other or 0))
end

-- Until when the two are apart, and whether one was offered to the other.
local looked = {}
local function look(user)
  local seen = looked[user]
  if not seen then
    local apart = later(avoid[user], redis.call('HGET', pool .. ':avoid:' .. user, me))
    if i_avoid then
      apart = later(apart, redis.call('HGET', my_avoid, user))
    end
    local known = offered[user] or redis.call('SISMEMBER', pool .. ':offered:' .. user, me) == 1
    if i_was_offered and not known then
      known = redis.call('SISMEMBER', my_offered, user) == 1
    end
    seen = { apart, known }
    looked[user] = seen
  end
  return seen
end

local first_end = NEVER

-- Looks at people in the order of waiting, up to whoever is the first to fit and be new, or to *best*.
local function walk(key, best, before)
  -- The first is the right one nearly always; where many are passed over, they come in larger pages.
  local from, size = 0, FIRST
  while true do
    local page = redis.call('ZRANGE', key, from, from + size - 1, 'WITHSCORES')
    for i = 1, #page, 2 do
      local user, score = page[i], tonumber(page[i + 1])
      if best.score and score >= best.score then
        return
      end
      if user ~= me then
        local seen = look(user)
        if seen[1] > now then
          first_end = math.min(first_end, seen[1])
        elseif not seen[2] then
          best.user, best.score = user, score
          return
        elseif not before.score or score < before.score then
          before.user, before.score = user, score
        end
      end
    end
    if #page < 2 * size then
      return
    end
    from, size = from + size, math.min(4 * size, MOST)
  end
end

local fits = {}
local new, before, kindred, foremost = {}, {}, {}, {}
for _, line in ipairs(lines) do
  fits[line] = true
  walk(pool .. ':' .. line, new, before)
end
if new.user then
  for _, line in ipairs(lines) do
    for _, tag in ipairs(tags) do
      walk(pool .. ':' .. line .. '#' .. tag, kindred, {})
    end
  end
end
for _, user in ipairs(introduced) do
  local places = redis.call('HGET', pool .. ':seat:' .. user, 'p')
  for place in string.gmatch(places or '', '[^\n]+') do
    if fits[place] and user ~= me then
      local seen, score = look(user), tonumber(redis.call('ZSCORE', pool .. ':' .. place, user))
      if seen[1] <= now and not seen[2] and (not foremost.score or score < foremost.score) then
        foremost.user, foremost.score = user, score
      end
    end
  end
end

local function seat(found)
  return found.user and redis.call('HGET', pool .. ':seat:' .. found.user, 'b')
end

local retry = ''
if not new.user and not before.user and first_end < NEVER then
  retry = string.format('%.0f', first_end)
end
return { seat(new) or '', seat(kindred) or '', seat(before) or '', seat(foremost) or '', retry }
