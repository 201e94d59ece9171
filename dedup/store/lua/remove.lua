-- Take every version of an item out of every answer and out of its story; its decisions and counts stay.
-- ARGV: 1 id hash; then two for each of its seqs: the seq, its list keys. Returns 1, or 0 if the id is unknown.

local keys_of = {}
for n = 2, #ARGV, 2 do keys_of[tonumber(ARGV[n])] = ARGV[n + 1] end

local function strip(generation, kind, key, seq)
  local name, fingerprint = page_place(generation, kind, key)
  local page, mark = call('GET', name) or '', to_bytes('<I4', seq)
  local left = {}
  for at = 1, #page, POSTING do
    if sub(page, at, at + 1) ~= fingerprint or sub(page, at + 3, at + 6) ~= mark then
      left[#left + 1] = sub(page, at, at + POSTING - 1)
    end
  end
  if #left == 0 then call('DEL', name) else call('SET', name, concat(left)) end
end

local function remove(seq, row)
  -- DEL comes first: at maxmemory a script may write only after a command that frees
  call('DEL', P .. 'a:' .. seq, P .. 'v:' .. seq)
  leave(seq)
  local generation = generation_of(seq)
  local keys = keys_of[seq] or ''
  for at = 1, #keys, 4 do strip(generation, 'k', sub(keys, at, at + 3), seq) end
  strip(generation, 'i', row.i, seq)
  if row.u ~= NO_HASH then strip(generation, 'u', row.u, seq) end
  if row.c ~= NO_HASH then
    strip(generation, 'c', row.c, seq)
    call('ZREM', P .. generation .. ':o', row.c .. to_bytes('>I4', seq))
  end
  local key, at = row_place(seq)
  call('SETRANGE', key, at, '\1' .. rep('\0', ROW - 1))
end

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
