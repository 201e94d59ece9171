-- Drop expired generations, oldest first, at most ARGV[2] keys a call: call it until it says it is done.
-- A generation leaves `gens` first, and with it every answer; only then its keys go. `dropping` remembers how far that
-- came, so that a crash in between is made good by the next call.
-- ARGV: 1 oldest live generation, 2 most keys. Returns how many articles went for good, and 1 when nothing is left to drop.

-- dropping  hash: generation; first and `end` of its seqs; `lists` and `claims`, the numbers of its pages; `at`, the keys
--           that went already
local drop = call('HMGET', P .. 'dropping', 'generation', 'first', 'end', 'lists', 'claims', 'at')
if not drop[1] then
  local kept = generations(-math.huge)
  local oldest = kept[1]
  if not oldest or oldest.number >= tonumber(ARGV[1]) then return { 0, 1 } end
  local stop = kept[2] and kept[2].first or tonumber(call('HGET', P .. 'meta', 'next'))
  call('HDEL', P .. 'gens', oldest.number) -- first, as it frees: allowed at maxmemory
  drop = { oldest.number, oldest.first, stop, oldest.lists.pages, oldest.claims.pages, 0 }
  call('HSET', P .. 'dropping', 'generation', drop[1], 'first', drop[2], 'end', drop[3], 'lists', drop[4], 'claims', drop[5],
       'at', 0)
  if #kept == 1 then call('HSET', P .. 'meta', 'generation', oldest.number + 1) end -- its number is never used again
  for seq = max(oldest.first, stop - (stop - 1) % SHELF), stop - 1 do -- the shelves that the next generation goes on with
    for _, kind in ipairs({ 'a:', 'v:' }) do
      local shelf, place = shelf_of(kind, seq)
      call('LSET', shelf, place, '')
    end
  end
end
local prefix, first, stop = P .. drop[1], tonumber(drop[2]), tonumber(drop[3])
local at, old = tonumber(drop[6]), generation(drop[1], 0, tonumber(drop[4]), 0, tonumber(drop[5]), 0)

-- The keys of a generation, one kind after the other: its pages, the chunks and shelves in which no later seq has a place,
-- and what overflowed.
local chunk, shelf = floor(first / ROWS), floor((first - 1) / SHELF)
local function page(of)
  return function(n) return of.names[floor(n / of.first)] .. format(of.digits, n % of.first) end
end
local function piece(kind)
  return function(n) return P .. kind .. n end
end
local kinds = {
  { page(old.lists), 0, old.lists.pages }, { page(old.claims), 0, old.claims.pages },
  { piece('a:'), shelf, floor((stop - 1) / SHELF) }, { piece('v:'), shelf, floor((stop - 1) / SHELF) },
  { piece('r:'), chunk, floor(stop / ROWS) }, { piece('m:'), chunk, floor(stop / ROWS) },
}
local keys = 1
for n = 1, #kinds do keys = keys + kinds[n][3] - kinds[n][2] end
local function name_of(n)
  for k = 1, #kinds do
    local count = kinds[k][3] - kinds[k][2]
    if n < count then return kinds[k][1](kinds[k][2] + n) end
    n = n - count
  end
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
return { stop - first, 0 }
