-- Put before every script. KEYS[1] is the prefix of all keys of one index, "{mukarrar:<namespace>}:": one hash tag, so one
-- slot of a cluster. docs/decisions/0003-redis-layout.md draws the whole layout.
--
-- meta   hash: fingerprint and layout of the index, `next` seq to give out, `generation`: the lowest that may still be joined
-- gens   sorted set: the generations kept, by their first seq
-- r:<n>  rows n * 4096 .. n * 4096 + 4095, fixed width
-- a:<seq> the packed article;  v:<seq> the recorded verdict
-- <generation>:k:<page>  postings of the list keys; i, u, c for k: the claims on item id, source + URL, content
-- <generation>:o         sorted set: claims on content that found 32 before them
-- turns  what persons decided of passages: decided.lua;  t:, tp:, tc:, tk:  templates: templates.lua
-- m:<n>, s:<number>, <generation>:s  stories: story.lua
--
-- Numbers are little endian unless said. A hash is 8 bytes, all zero where the article has none.

local P = KEYS[1]
local call = redis.call
local sub, byte, find, rep = string.sub, string.byte, string.find, string.rep
local concat, floor, max, min = table.concat, math.floor, math.max, math.min
local to_bytes, from_bytes = struct.pack, struct.unpack

local LAYOUT = '1'
local NO_HASH = rep('\0', 8)
local MAX_SEQ = 4294967295
local MAX_HISTORY, MAX_VERSION, SAME_CONTENT = 64, 65535, 32 -- as in rules.py

-- A row is 175 bytes. Its last 164, from the source on, stand there as the client sent them.
--   flags u8 (1: removed, all else zero; 2: a template counts it)   version u16   previous, next seq u32 each (0: none)
--   source hash u32   id hash   URL hash   content hash   text digest   signature 128
local ROW, ROW_HEAD, ROWS, SENT = 175, 47, 4096, 164

local function row_place(seq)
  return P .. 'r:' .. floor(seq / ROWS), seq % ROWS * ROW
end

-- The row of a seq without its signature; nil if it was removed, swept or never given out.
local function row_of(seq)
  local key, at = row_place(seq)
  local raw = call('GETRANGE', key, at, at + ROW_HEAD - 1)
  if #raw < ROW_HEAD then return nil end
  local _, version, previous, next, source = from_bytes('<BI2I4I4I4', raw)
  if version == 0 then return nil end
  return { version = version, previous = previous, next = next, source = source,
           i = sub(raw, 16, 23), u = sub(raw, 24, 31), c = sub(raw, 32, 39), text = sub(raw, 40, 47) }
end

-- The generations kept from number `oldest` on, oldest first: {number =, first =}.
local function generations(oldest)
  local flat, kept = call('ZRANGE', P .. 'gens', 0, -1, 'WITHSCORES'), {}
  for n = 1, #flat, 2 do
    local number = tonumber(flat[n])
    if number >= oldest then kept[#kept + 1] = { number = number, first = tonumber(flat[n + 1]) } end
  end
  return kept
end

-- A page is a string of 7-byte postings in order of arrival. A key has 32 bits: the upper 16 are the page's number, the
-- lower 16 stand in the posting; a claim's key are the first 4 bytes of its hash.
--   fingerprint 2   low byte of the source hash u8   seq u32
local POSTING = 7

local function page_place(generation, kind, key)
  return P .. generation .. ':' .. kind .. ':' .. byte(key, 1) * 256 + byte(key, 2), sub(key, 3, 4)
end

-- The latest seq that claims `hash`, of kind i (item id) or u (source + URL), and its row; nil if nobody does.
local function claimed(kind, hash, kept)
  if hash == NO_HASH then return nil end
  for g = #kept, 1, -1 do
    local key, fingerprint = page_place(kept[g].number, kind, hash)
    local page = call('GET', key)
    if page and find(page, fingerprint, 1, true) then
      for at = #page - POSTING + 1, 1, -POSTING do
        if sub(page, at, at + 1) == fingerprint then
          local seq = from_bytes('<I4', page, at + 3)
          local row = row_of(seq)
          if row and row[kind] == hash then return seq, row end
        end
      end
    end
  end
  return nil
end

-- The latest version of the item that `seq` belongs to, and its row.
local function head_of(seq, row)
  while row.next ~= 0 do
    seq, row = row.next, row_of(row.next)
  end
  return seq, row
end
