-- Lists people in the order of waiting: first those who are named, if they wait in one of the lists, then everybody of
-- the lists. Answers their seats; -1: Redis has lost its memory.
local PAGE = 32

local limit, lists, first = tonumber(take()), list(), list()
local passed, found = {}, {}
for _, user in ipairs(list()) do
  passed[user] = true
end

local function add(user)
  if not passed[user] and #found < limit then
    passed[user] = true
    found[#found + 1] = redis.call('HGET', pool .. ':seat:' .. user, 'b')
  end
end

for _, user in ipairs(first) do
  for _, place in ipairs(lists) do
    if redis.call('ZSCORE', pool .. ':' .. place, user) then
      add(user)
    end
  end
end

local cursors = {}
for i, place in ipairs(lists) do
  cursors[i] = { key = pool .. ':' .. place, from = 0, page = {}, at = 1 }
end

local function head(cursor)
  if cursor.at > #cursor.page then
    cursor.page = redis.call('ZRANGE', cursor.key, cursor.from, cursor.from + PAGE - 1, 'WITHSCORES')
    cursor.from, cursor.at = cursor.from + PAGE, 1
  end
  return tonumber(cursor.page[cursor.at + 1])
end

while #found < limit do
  local earliest, score
  for _, cursor in ipairs(cursors) do
    local its = head(cursor)
    if its and (not score or its < score) then
      earliest, score = cursor, its
    end
  end
  if not earliest then
    break
  end
  add(earliest.page[earliest.at])
  earliest.at = earliest.at + 2
end
return found
