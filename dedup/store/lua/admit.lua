-- Give each entry its seq, say who stood there before, and add it: entry by entry, the whole batch in one step.
-- ARGV: 1 settings fingerprint, 2 generation by the clock, 3 oldest live generation, 4 list cap, 5 source cap,
--       6 most articles in a generation; then four for each entry: its 36 bytes for the row, its list keys, the names of
--       their pages, its packed article.
-- Returns one reply for each entry; or a string, with nothing written: the fingerprint of an index that is not ours.

local ENTRIES = 7
local meta = call('HMGET', P .. 'meta', 'fingerprint', 'next', 'generation')
if meta[1] ~= ARGV[1] then return meta[1] or 'missing' end
local next_seq = tonumber(meta[2])
local current = max(tonumber(ARGV[2]), tonumber(meta[3] or ARGV[2]))
local list_cap, source_cap, most = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local live = generations(tonumber(ARGV[3]))

-- An error in a script undoes nothing: check everything, then reserve the seqs, and only then write anything else.
local batch = {}
for n = ENTRIES, #ARGV, 4 do
  if #ARGV[n] ~= SENT or #ARGV[n + 1] % 4 ~= 0 or #ARGV[n + 1] ~= #ARGV[n + 2] or not ARGV[n + 3] then
    return redis.error_reply('ERR malformed entry')
  end
  batch[#batch + 1] = entry_of(ARGV[n], ARGV[n + 1], ARGV[n + 2], ARGV[n + 3])
end
if next_seq + #batch > MAX_SEQ then return redis.error_reply('ERR every seq of this namespace is given out') end
call('HSET', P .. 'meta', 'next', next_seq + #batch)

-- The generation that takes the next arrival, the last of `live`; opened if it is new.
local function open_generation()
  local last = live[#live]
  if last and last.number == current and next_seq - last.first == most then current = current + 1 end
  if last and last.number == current then return end
  call('HSET', P .. 'meta', 'generation', current)
  live[#live + 1] = generation(current, next_seq, 0, 0, 0, 0)
  live[#live].overflows = false
end

-- Put a posting on a page, whose content is `page` (false: none yet).
local function post(of, name, page, posting)
  local room = page and byte(page, #page) or 0
  if room > 0 then
    call('SETRANGE', name, text[used(page)], posting .. ROOM[room - 1])
  else
    call('SET', name, (page and sub(page, 1, -2) or '') .. posting .. ROOM[STEP - 1]) -- its full length at once: no doubling
  end
  of.postings = of.postings + 1
end

local function claim(of, hash, tail)
  local name, mark = page_place(of, hash, 1)
  post(of, name, call('GET', name), mark .. tail)
end

-- Whether 32 articles of the current generation claim this content already.
local function crowded(hash, same, now)
  local here = 0
  for n = #same, 1, -1 do
    if same[n] >= now.first then here = here + 1 end
  end
  return here >= SAME_CONTENT
    or overflows(now) and call('ZLEXCOUNT', P .. now.number .. ':o', '[' .. hash, '[' .. hash .. rep('\255', 4)) > 0
end

-- Split the next page in two, by the first bit of its marks that does not yet tell pages apart.
local function split(of)
  local bit, page_name = of.splits / 2, format(of.digits, of.pages % of.first)
  local to = floor(of.pages / of.first)
  local name = of.names[to - bit] .. page_name
  local page, stay, go = call('GET', name), {}, {}
  for at = 1, page and used(page) or 0, POSTING do
    local c, d = byte(page, at, at + 1)
    local side = floor((c * 256 + d) / bit) % 2 == 0 and stay or go
    side[#side + 1] = sub(page, at, at + POSTING - 1)
  end
  if #go > 0 then
    call('SET', of.names[to] .. page_name, concat(go) .. ROOM[0])
    if #stay > 0 then call('SET', name, concat(stay) .. ROOM[0]) else call('DEL', name) end
  end
  of.pages = of.pages + 1
  if of.pages == of.splits * of.first then of.splits = of.splits * 2 end
end

local written = {}
local rows_there -- the chunk of rows that was seen last
local function add(entry, seq, found, same, now)
  local key, at = row_place(seq)
  if key ~= rows_there then
    if call('EXISTS', key) == 0 then call('SETRANGE', key, ROWS * ROW - 1, '\0') end -- its full length at once: no doubling
    rows_there = key
  end
  call('SETRANGE', key, at, to_bytes('<BI2I4I4', 0, found.version, found.earlier[1] or 0, 0) .. entry.sent)
  if found.earlier[1] then
    local before, place = row_place(found.earlier[1])
    call('SETRANGE', before, place + 7, to_bytes('<I4', seq))
  end
  local tail = to_bytes('<BI3', entry.byte, seq - now.first)
  claim(now.claims, entry.i, tail)
  if entry.u ~= NO_HASH then claim(now.claims, entry.u, tail) end
  if entry.c ~= NO_HASH then
    if crowded(entry.c, same, now) then
      call('ZADD', P .. now.number .. ':o', 0, entry.c .. to_bytes('>I4', seq))
      now.overflows = true
    else
      claim(now.claims, entry.c, tail)
    end
  end
  return lists(entry, live, list_cap, source_cap, function(name, page, mark)
    if written[name] == seq then page = call('GET', name) end -- two keys on one page
    written[name] = seq
    post(now.lists, name, page, mark .. tail)
  end)
end

local function put_on_shelves(blobs, first)
  local n = 1
  while n <= #blobs do
    local key, place = shelf_of('a:', first + n - 1)
    local till = min(#blobs, n + SHELF - 1 - place)
    call('RPUSH', key, unpack(blobs, n, till))
    local none = {}
    for m = n, till do none[#none + 1] = '' end
    call('RPUSH', (shelf_of('v:', first + n - 1)), unpack(none))
    n = till + 1
  end
end

local out, blobs = {}, {}
for n = 1, #batch do
  local entry = batch[n]
  local found = standing(entry, live)
  if found.status == TAKEN then
    out[n] = reply(found, 0, {}, '', '')
  elseif found.status == REPLAYED then
    out[n] = reply(found, found.seq, same_content(entry.c, found.seq, live), lists(entry, live, 0, 0))
      .. decided(entry, found.seq)
  else
    open_generation()
    local same = same_content(entry.c, next_seq, live)
    out[n] = reply(found, next_seq, same, add(entry, next_seq, found, same, live[#live])) .. decided(entry, next_seq)
    blobs[#blobs + 1] = entry.blob
    next_seq = next_seq + 1
  end
end
put_on_shelves(blobs, next_seq - #blobs)
for n = 1, #live do
  local g = live[n]
  if g.lists.postings + g.claims.postings > g.seen then
    while g.lists.postings > FULL * g.lists.pages do split(g.lists) end
    while g.claims.postings > FULL * g.claims.pages do split(g.claims) end
    call('HSET', P .. 'gens', g.number, to_bytes('<I4I4I4I4I4', g.first, g.lists.pages, g.lists.postings, g.claims.pages,
                                                 g.claims.postings))
  end
end
call('HSET', P .. 'meta', 'next', next_seq) -- entries that were replayed or refused used none
return out
