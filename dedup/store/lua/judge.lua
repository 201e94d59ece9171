-- Put between the prelude and the scripts that answer who stood there before: admit and look.

local NEW, VERSION, REPLAYED, TAKEN = 0, 1, 2, 3

-- An entry as sent: the 36 bytes of its row from the source on, its list keys (4 bytes each, big endian), the names of
-- their pages (the upper two bytes in hexadecimal digits), its blob.
local function entry_of(sent, keys, pages, blob)
  return { sent = sent, keys = keys, pages = pages, blob = blob, source = from_bytes('<I4', sent), byte = byte(sent, 1),
           i = sub(sent, 5, 12), u = sub(sent, 13, 20), c = sub(sent, 21, 28), text = sub(sent, 29, 36) }
end

-- How an entry stands to the item it belongs to: status, version, its seq if replayed, earlier versions, newest first.
local function standing(entry, live)
  local seq, row = claimed('i', entry.i, live)
  if seq and row.source ~= entry.source then return { status = TAKEN, version = 0, seq = 0, earlier = {} } end
  if not seq then seq, row = claimed('u', entry.u, live) end
  if not seq then return { status = NEW, version = 1, seq = 0, earlier = {} } end
  seq, row = head_of(seq, row)
  local found = { status = VERSION, version = min(row.version + 1, MAX_VERSION), seq = 0, earlier = {} }
  for _ = 1, MAX_HISTORY do
    if found.status == VERSION and row.i == entry.i and row.text == entry.text then
      found = { status = REPLAYED, version = row.version, seq = seq, earlier = {} }
    else
      found.earlier[#found.earlier + 1] = seq
    end
    seq = row.previous
    if seq < live[1].first then break end
    row = row_of(seq)
  end
  return found
end

-- Whether a generation has claims on content beside those on its pages.
local function overflows(g)
  if g.overflows == nil then g.overflows = call('EXISTS', P .. g.number .. ':o') == 1 end
  return g.overflows
end

-- Seqs below `below` with the same content, ascending: the first 32 and the last 32 of each generation at least.
local function same_content(hash, below, live)
  local seqs = {}
  if hash == NO_HASH then return seqs end
  for g = 1, #live do
    local name, mark = page_place(live[g].claims, hash, 1)
    local page = call('GET', name)
    local at = page and next_posting(page, mark, 1)
    while at do
      local seq = live[g].first + from_bytes('<I3', page, at + 3)
      local row = seq < below and seq ~= seqs[#seqs] and row_of(seq) -- its URL may have the same mark
      if row and row.c == hash then seqs[#seqs + 1] = seq end
      at = next_posting(page, mark, at + POSTING)
    end
    if overflows(live[g]) then
      local over, low, high = P .. live[g].number .. ':o', '[' .. hash, '(' .. hash .. to_bytes('>I4', below)
      local first = call('ZRANGEBYLEX', over, low, high, 'LIMIT', 0, SAME_CONTENT)
      local last = call('ZREVRANGEBYLEX', over, high, low, 'LIMIT', 0, SAME_CONTENT)
      for n = 1, #first do seqs[#seqs + 1] = from_bytes('>I4', first[n], 9) end
      for n = #last, 1, -1 do
        local seq = from_bytes('>I4', last[n], 9)
        if seq > seqs[#seqs] then seqs[#seqs + 1] = seq end
      end
    end
  end
  return seqs
end

-- The postings of a mark on a page, its first one at `at`: their last 4 bytes, how many, and how many of the source `own`.
local function stands(page, mark, at, own)
  local found, count, of_own = {}, 0, 0
  while at do
    count = count + 1
    found[count] = sub(page, at + 2, at + 5)
    if byte(page, at + 2) == own then of_own = of_own + 1 end
    at = next_posting(page, mark, at + POSTING)
  end
  return concat(found), count, of_own
end

local BATCH = 256 -- names in one MGET: Lua's stack is limited
local names, marks = {}, {}

-- The lists of an entry's keys. First for each key and generation with postings, key by key, the oldest generation first:
-- the key's place from 0, how many postings, the generation's first seq, u32 each; then the postings, 4 bytes each. For each
-- key under which the last generation takes one more of this source `visit`, if given, is told the name of its page, the
-- page (false if there is none) and the mark.
local function lists(entry, live, list_cap, source_cap, visit)
  local keys, pages_at, k = entry.keys, entry.pages, #entry.keys / 4
  local heads, found = {}, {}
  for g = 1, #live do
    local of = live[g].lists
    for n = 1, k do
      local at = n * 4 - 3
      names[n], marks[n] = of.names[split_of(of, keys, at)] .. sub(pages_at, at, at + 3), sub(keys, at + 2, at + 3)
    end
    for from = 1, k, BATCH do
      local till = min(from + BATCH - 1, k)
      local pages = call('MGET', unpack(names, from, till))
      for n = from, till do
        local page, mark, room = pages[n - from + 1], marks[n], true
        local at = page and find(page, mark, 1, true) and next_posting(page, mark, 1)
        if at then
          local postings, count, own = stands(page, mark, at, entry.byte)
          heads[n] = (heads[n] or '') .. to_bytes('<I4I4I4', n - 1, count, live[g].first)
          found[n] = (found[n] or '') .. postings
          room = count < list_cap and own < source_cap
        end
        if visit and room and g == #live then visit(names[n], page, mark) end
      end
    end
  end
  local told, postings = {}, {}
  for n = 1, k do
    if found[n] then
      told[#told + 1], postings[#postings + 1] = heads[n], found[n]
    end
  end
  return concat(told), concat(postings)
end

-- The reply for one entry, little endian: status u8, version u16, seq u32, counts u32 of earlier versions, of articles with
-- the same content and of heads of lists; then the seqs of the former two, u32 each; and what `lists` gives.
-- decided.lua may add a byte for each key.
local function reply(found, seq, same, heads, postings)
  local out = { to_bytes('<BI2I4I4I4I4', found.status, found.version, seq, #found.earlier, #same, #heads / 12) }
  for n = 1, #found.earlier do out[#out + 1] = to_bytes('<I4', found.earlier[n]) end
  for n = 1, #same do out[#out + 1] = to_bytes('<I4', same[n]) end
  out[#out + 1] = heads
  out[#out + 1] = postings
  return concat(out)
end
