-- Give each entry its seq, say who stood there before, and add it: entry by entry, the whole batch in one step.
-- ARGV: 1 settings fingerprint, 2 generation by the clock, 3 oldest live generation, 4 list cap, 5 source cap;
--       then three for each entry: its 164 bytes for the row, its list keys, its packed article.
-- Returns one reply for each entry; or a string, with nothing written: the fingerprint of an index that is not ours.

local ENTRIES = 6
local meta = call('HMGET', P .. 'meta', 'fingerprint', 'next', 'generation')
if meta[1] ~= ARGV[1] then return meta[1] or 'missing' end
local next_seq = tonumber(meta[2])
local current = max(tonumber(ARGV[2]), tonumber(meta[3] or ARGV[2]))
local list_cap, source_cap = tonumber(ARGV[4]), tonumber(ARGV[5])
local live = generations(tonumber(ARGV[3]))

-- An error in a script undoes nothing: check everything, then reserve the seqs, and only then write anything else.
local batch = {}
for n = ENTRIES, #ARGV, 3 do
  if #ARGV[n] ~= SENT or #ARGV[n + 1] % 4 ~= 0 or not ARGV[n + 2] then return redis.error_reply('ERR malformed entry') end
  batch[#batch + 1] = entry_of(ARGV[n], ARGV[n + 1], ARGV[n + 2])
end
if next_seq + #batch > MAX_SEQ then return redis.error_reply('ERR every seq of this namespace is given out') end
call('HSET', P .. 'meta', 'next', next_seq + #batch)

local function post(kind, key, entry, seq)
  local page, fingerprint = page_place(current, kind, key)
  call('APPEND', page, fingerprint .. to_bytes('<BI4', entry.byte, seq))
end

-- Whether 32 articles of the current generation, the last of `live`, claim this content already.
local function crowded(hash, same)
  local here = 0
  for n = #same, 1, -1 do
    if same[n] >= live[#live].first then here = here + 1 end
  end
  return here >= SAME_CONTENT or call('ZLEXCOUNT', P .. current .. ':o', '[' .. hash, '[' .. hash .. rep('\255', 4)) > 0
end

local function add(entry, seq, found, same, postings)
  local key, at = row_place(seq)
  if call('EXISTS', key) == 0 then call('SETRANGE', key, ROWS * ROW - 1, '\0') end -- its full length at once: no doubling
  call('SETRANGE', key, at, to_bytes('<BI2I4I4', 0, found.version, found.earlier[1] or 0, 0) .. entry.sent)
  if found.earlier[1] then
    local before, place = row_place(found.earlier[1])
    call('SETRANGE', before, place + 7, to_bytes('<I4', seq))
  end
  call('SET', P .. 'a:' .. seq, entry.blob)
  post('i', entry.i, entry, seq)
  if entry.u ~= NO_HASH then post('u', entry.u, entry, seq) end
  if entry.c ~= NO_HASH then
    if crowded(entry.c, same) then
      call('ZADD', P .. current .. ':o', 0, entry.c .. to_bytes('>I4', seq))
    else
      post('c', entry.c, entry, seq)
    end
  end
  local prefix, tail = P .. current, to_bytes('<BI4', entry.byte, seq)
  for n = 1, #postings.names do
    if postings.room[n] then call('APPEND', prefix .. postings.names[n], postings.marks[n] .. tail) end
  end
end

local function open_generation()
  if #live > 0 and live[#live].number == current then return end
  call('ZADD', P .. 'gens', next_seq, current)
  call('HSET', P .. 'meta', 'generation', current)
  live[#live + 1] = { number = current, first = next_seq }
end

local out = {}
for n = 1, #batch do
  local entry = batch[n]
  local found = standing(entry, live)
  if found.status == TAKEN then
    out[n] = reply(found, 0, {}, lists(entry, {}, 0, 0).found)
  elseif found.status == REPLAYED then
    out[n] = reply(found, found.seq, same_content(entry.c, found.seq, live), lists(entry, live, 0, 0).found)
      .. decided(entry, found.seq)
  else
    open_generation()
    local same = same_content(entry.c, next_seq, live)
    local postings = lists(entry, live, list_cap, source_cap)
    add(entry, next_seq, found, same, postings)
    out[n] = reply(found, next_seq, same, postings.found) .. decided(entry, next_seq)
    next_seq = next_seq + 1
  end
end
call('HSET', P .. 'meta', 'next', next_seq) -- entries that were replayed or refused used none
return out
