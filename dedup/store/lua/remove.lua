-- Take every version of an item out of every answer and out of its story; its decisions and counts stay.
-- ARGV: 1 id hash; then two for each of its seqs: the seq, its list keys. Returns 1, or 0 if the id is unknown.

local keys_of = {}
for n = 2, #ARGV, 2 do keys_of[tonumber(ARGV[n])] = ARGV[n + 1] end

-- Take a posting off the page that the key at keys[at] stands on.
local function strip(of, keys, at, tail)
  local name, mark = page_place(of, keys, at)
  local page, left = call('GET', name), {}
  for from = 1, page and used(page) or 0, POSTING do
    local posting = sub(page, from, from + POSTING - 1)
    if posting ~= mark .. tail then left[#left + 1] = posting end
  end
  if #left == 0 then call('DEL', name) else call('SET', name, concat(left) .. ROOM[0]) end
end

local function remove(seq, row)
  local generation, keys = generation_of(seq), keys_of[seq] or ''
  local tail = to_bytes('<BI3', row.source % 256, seq - generation.first)
  strip(generation.claims, row.i, 1, tail)
  if row.u ~= NO_HASH then strip(generation.claims, row.u, 1, tail) end
  if row.c ~= NO_HASH then
    strip(generation.claims, row.c, 1, tail)
    call('ZREM', P .. generation.number .. ':o', row.c .. to_bytes('>I4', seq))
  end
  for at = 1, #keys, 4 do strip(generation.lists, keys, at, tail) end
  leave(seq)
  for _, kind in ipairs({ 'a:', 'v:' }) do
    local shelf, place = shelf_of(kind, seq)
    call('LSET', shelf, place, '')
  end
  local key, at = row_place(seq)
  call('SETRANGE', key, at, '\1' .. rep('\0', ROW - 1))
end

call('HDEL', P .. 'meta', 'removed') -- nothing: at maxmemory a script may write only after a command that frees
-- Twice if the id came back after its old item had expired but before it was swept.
local known = 0
local seq, row = claimed('i', ARGV[1], kept)
while seq do
  known = 1
  seq, row = head_of(seq, row)
  while row do
    remove(seq, row)
    seq = row.previous
    row = seq >= kept[1].first and row_of(seq)
  end
  seq, row = claimed('i', ARGV[1], kept)
end
return known
