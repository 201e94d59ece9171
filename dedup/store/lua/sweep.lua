-- Drop expired generations, oldest first, at most ARGV[2] keys a call: call it until it says it is done.
-- A generation leaves `gens` first, and with it every answer; only then its keys go. `dropping` remembers how far that
-- came, so that a crash in between is made good by the next call.
-- ARGV: 1 oldest live generation, 2 most keys. Returns how many articles went for good, and 1 when nothing is left to drop.

local PAGES = 65536

-- dropping  hash: generation; first and `end` of its seqs; `at`, the keys that went already
local drop = call('HMGET', P .. 'dropping', 'generation', 'first', 'end', 'at')
if not drop[1] then
  local kept = generations(-math.huge)
  if #kept == 0 or kept[1].number >= tonumber(ARGV[1]) then return { 0, 1 } end
  local number, first = kept[1].number, kept[1].first
  local stop = kept[2] and kept[2].first or tonumber(call('HGET', P .. 'meta', 'next'))
  call('ZREM', P .. 'gens', number) -- first, as it frees: allowed at maxmemory
  call('HSET', P .. 'dropping', 'generation', number, 'first', first, 'end', stop, 'at', 0)
  if #kept == 1 then call('HSET', P .. 'meta', 'generation', number + 1) end -- its number is never used again
  drop = { number, first, stop, 0 }
end
local prefix, first, stop, at = P .. drop[1], tonumber(drop[2]), tonumber(drop[3]), tonumber(drop[4])

-- The keys of a generation, one after the other: its pages by kind, what overflowed, two an article, and the chunks of
-- rows and of story numbers in which no later seq has a place.
local articles = stop - first
local chunk, chunks = floor(first / ROWS), floor(stop / ROWS) - floor(first / ROWS)
local function name_of(n)
  if n < 4 * PAGES then return prefix .. ':' .. sub('kiuc', floor(n / PAGES) + 1, floor(n / PAGES) + 1) .. ':' .. n % PAGES end
  n = n - 4 * PAGES
  if n < 2 * articles then return P .. (n % 2 == 0 and 'a:' or 'v:') .. first + floor(n / 2) end
  n = n - 2 * articles
  if n < 2 * chunks then return P .. (n % 2 == 0 and 'r:' or 'm:') .. chunk + floor(n / 2) end
  return prefix .. ':o'
end

-- Then the stories that had their newest member in it, and last the list of them.
local list = prefix .. ':s'
local stories = call('STRLEN', list) / 4
local function drop_story(n)
  local key = P .. 's:' .. from_bytes('<I4', call('GETRANGE', list, n * 4, n * 4 + 3))
  local newest = call('GETRANGE', key, 0, 3) -- see story.lua
  if #newest == 4 and from_bytes('<I4', newest) < stop then call('UNLINK', key) end
end

local keys = 4 * PAGES + 2 * articles + 2 * chunks + 1
local total = keys + stories + 1
local till = min(total, at + tonumber(ARGV[2]))
for n = at, till - 1 do
  if n < keys then call('UNLINK', name_of(n))
  elseif n < total - 1 then drop_story(n - keys)
  else call('UNLINK', list) end
end
if till < total then
  call('HSET', P .. 'dropping', 'at', till)
  return { 0, 0 }
end
call('DEL', P .. 'dropping')
return { articles, 0 }
