-- Put between the prelude and the scripts that answer who stood there before: admit and look.

local NEW, VERSION, REPLAYED, TAKEN = 0, 1, 2, 3

-- An entry as sent: the 164 bytes of its row from the source on, its list keys (4 bytes each, big endian), its blob.
local function entry_of(sent, keys, blob)
  return { sent = sent, keys = keys, blob = blob, source = from_bytes('<I4', sent), byte = byte(sent, 1),
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

-- Seqs below `below` with the same content, ascending: the first 32 and the last 32 of each generation at least.
local function same_content(hash, below, live)
  local seqs = {}
  if hash == NO_HASH then return seqs end
  local low, high = '[' .. hash, '(' .. hash .. to_bytes('>I4', below)
  for g = 1, #live do
    local key, fingerprint = page_place(live[g].number, 'c', hash)
    local page = call('GET', key) or ''
    local at = find(page, fingerprint, 1, true)
    while at do
      if at % POSTING == 1 then
        local seq = from_bytes('<I4', page, at + 3)
        local row = seq < below and row_of(seq)
        if row and row.c == hash then seqs[#seqs + 1] = seq end
      end
      at = find(page, fingerprint, at + 1, true)
    end
    local over = P .. live[g].number .. ':o'
    local first = call('ZRANGEBYLEX', over, low, high, 'LIMIT', 0, SAME_CONTENT)
    local last = call('ZREVRANGEBYLEX', over, high, low, 'LIMIT', 0, SAME_CONTENT)
    for n = 1, #first do seqs[#seqs + 1] = from_bytes('>I4', first[n], 9) end
    for n = #last, 1, -1 do
      local seq = from_bytes('>I4', last[n], 9)
      if seq > seqs[#seqs] then seqs[#seqs + 1] = seq end
    end
  end
  return seqs
end

-- The postings of one key on a page: their last 5 bytes (source, seq), how many, and how many of the source `own`.
local function stands(page, fingerprint, own)
  local at = find(page, fingerprint, 1, true)
  if not at then return '', 0, 0 end
  local tails, count, of_own = {}, 0, 0
  while at do
    if at % POSTING == 1 then
      count = count + 1
      tails[count] = sub(page, at + 2, at + 6)
      if byte(page, at + 2) == own then of_own = of_own + 1 end
      at = find(page, fingerprint, at + POSTING, true)
    else
      at = find(page, fingerprint, at + 1, true)
    end
  end
  return concat(tails), count, of_own
end

-- For each list key of an entry the postings of all live generations, oldest first, and in `room` whether the last
-- generation (the current one, for admit) takes one more of this source under it.
local BATCH = 256 -- names in one MGET: Lua's stack is limited
local function lists(entry, live, list_cap, source_cap)
  local names, marks, found, room = {}, {}, {}, {}
  local k = #entry.keys / 4
  for n = 1, k do
    local at = n * 4 - 3
    names[n] = ':k:' .. byte(entry.keys, at) * 256 + byte(entry.keys, at + 1)
    marks[n] = sub(entry.keys, at + 2, at + 3)
    found[n], room[n] = '', true
  end
  for g = 1, #live do
    local prefix = P .. live[g].number
    for from = 1, k, BATCH do
      local keys = {}
      for n = from, min(from + BATCH - 1, k) do keys[#keys + 1] = prefix .. names[n] end
      local pages = call('MGET', unpack(keys))
      for p = 1, #keys do
        local n, page = from + p - 1, pages[p]
        room[n] = true
        if page then
          local tails, count, own = stands(page, marks[n], entry.byte)
          if count > 0 then
            found[n] = found[n] .. tails
            room[n] = count < list_cap and own < source_cap
          end
        end
      end
    end
  end
  return { names = names, marks = marks, found = found, room = room }
end

-- The reply for one entry, little endian: status u8, version u16, seq u32, counts u32 of earlier versions, of articles with
-- the same content and of keys; then the seqs of the former two, u32 each; a count of postings u32 for each key; and the
-- postings, 5 bytes each. decided.lua may add a byte for each key.
local function reply(found, seq, same, postings)
  local out = { to_bytes('<BI2I4I4I4I4', found.status, found.version, seq, #found.earlier, #same, #postings) }
  for n = 1, #found.earlier do out[#out + 1] = to_bytes('<I4', found.earlier[n]) end
  for n = 1, #same do out[#out + 1] = to_bytes('<I4', same[n]) end
  for n = 1, #postings do out[#out + 1] = to_bytes('<I4', #postings[n] / 5) end
  return concat(out) .. concat(postings)
end
