-- Put before every script. KEYS[1] is the prefix of all keys of one index, "{mukarrar:<namespace>}:": one hash tag, so one
-- slot of a cluster. docs/decisions/0003-redis-layout.md draws the whole layout.
--
-- meta   hash: fingerprint and layout of the index, `next` seq to give out, `generation`: the lowest that may still be joined
-- gens   hash: number of each generation kept -> first seq; pages and postings of its lists, and of its claims; u32 each
-- r:<n>  rows n * 4096 .. n * 4096 + 4095, fixed width
-- a:<n>, v:<n>  lists: packed articles and recorded verdicts of n * 64 + 1 .. n * 64 + 64, empty where there is none
-- <generation>:k:<split>:<page>  postings of the list keys;  c for k: of the claims on item id, source + URL and content
-- <generation>:o         sorted set: claims on content that found 32 before them
-- turns  what persons decided of passages: decided.lua;  t:, tp:, tc:, tk:  templates: templates.lua
-- m:<n>, s:<number>, <generation>:s  stories: story.lua
--
-- Numbers are little endian unless said. A hash is 8 bytes, all zero where the article has none.

local P = KEYS[1]
local call = redis.call
local sub, byte, find, rep, char, format = string.sub, string.byte, string.find, string.rep, string.char, string.format
local concat, floor, max, min = table.concat, math.floor, math.max, math.min
local to_bytes, from_bytes = struct.pack, struct.unpack

local LAYOUT = '2'
local NO_HASH = rep('\0', 8)
local MAX_SEQ = 4294967295
local MAX_HISTORY, MAX_VERSION, SAME_CONTENT = 64, 65535, 32 -- as in rules.py

-- A row is 47 bytes. Its last 36, from the source on, stand there as the client sent them.
--   flags u8 (1: removed, all else zero; 2: a template counts it)   version u16   previous, next seq u32 each (0: none)
--   source hash u32   id hash   URL hash   content hash   text digest
local ROW, ROWS, SENT = 47, 4096, 36

local function row_place(seq)
  return P .. 'r:' .. floor(seq / ROWS), seq % ROWS * ROW
end

-- The row of a seq; nil if it was removed, swept or never given out.
local function row_of(seq)
  local key, at = row_place(seq)
  local raw = call('GETRANGE', key, at, at + ROW - 1)
  if #raw < ROW then return nil end
  local _, version, previous, next, source = from_bytes('<BI2I4I4I4', raw)
  if version == 0 then return nil end
  return { version = version, previous = previous, next = next, source = source,
           i = sub(raw, 16, 23), u = sub(raw, 24, 31), c = sub(raw, 32, 39), text = sub(raw, 40, 47) }
end

local SHELF = 64 -- articles, or verdicts, in one list

local function shelf_of(kind, seq)
  return P .. kind .. floor((seq - 1) / SHELF), (seq - 1) % SHELF
end

-- The recorded verdict of a seq, '' if there is none.
local function verdict_of(seq)
  return call('LINDEX', shelf_of('v:', seq)) or ''
end

-- Pages. A key is 4 bytes, a claim's are the first 4 of its hash. The upper 2 name its page, in hexadecimal digits; the lower
-- 2, its mark, stand in the posting. A page holds postings in order of arrival, then room for more, then how much, u8:
--   mark 2   low byte of the source hash u8   seq u24, counted from the first of the generation
-- As the index grows the first 65,536 pages (of claims, which their rows confirm, 4,096: three digits) are split one after the
-- other by the lowest bits of their marks, so that they stay as long as they are (linear hashing, Litwin 1980): <split> is the
-- number that those bits make.
local POSTING, STEP, FULL = 6, 8, 128
local LIST_DIGITS, CLAIM_DIGITS = 4, 3
local ROOM = {} -- the end of a page with room for so many postings
for n = 0, STEP - 1 do ROOM[n] = rep('\0', n * POSTING) .. char(n) end

-- Numbers as text, made once: a server takes its time to write one.
local text = setmetatable({}, { __index = function(known, number)
  known[number] = tostring(number)
  return known[number]
end })

-- All pages of one kind: how many, and the power of two above the highest split.
local function pages_of(prefix, digits, pages, postings)
  local first, splits = 16 ^ digits, 2
  while splits * first <= pages do splits = splits * 2 end
  return { names = setmetatable({}, { __index = function(known, split)
    known[split] = prefix .. split .. ':'
    return known[split]
  end }), digits = '%0' .. digits .. 'x', first = first, pages = max(pages, first), postings = postings, splits = splits }
end

local function generation(number, first, list_pages, list_postings, claim_pages, claim_postings)
  local prefix = P .. number
  return { number = number, first = first, seen = list_postings + claim_postings,
           lists = pages_of(prefix .. ':k:', LIST_DIGITS, list_pages, list_postings),
           claims = pages_of(prefix .. ':c:', CLAIM_DIGITS, claim_pages, claim_postings) }
end

-- The generations kept from number `oldest` on, oldest first.
local function generations(oldest)
  local flat, kept = call('HGETALL', P .. 'gens'), {}
  for n = 1, #flat, 2 do
    local number = tonumber(flat[n])
    if number >= oldest then kept[#kept + 1] = generation(number, from_bytes('<I4I4I4I4I4', flat[n + 1])) end
  end
  table.sort(kept, function(a, b) return a.number < b.number end)
  return kept
end

-- The split that the key at keys[at] falls in.
local function split_of(of, keys, at)
  local a, b, c, d = byte(keys, at, at + 3)
  local split = (c * 256 + d) % of.splits
  if split * of.first + (a * 256 + b) % of.first >= of.pages then return split - of.splits / 2 end
  return split
end

-- The name of the page of that key, and its mark.
local function page_place(of, keys, at)
  local a, b = byte(keys, at, at + 1)
  return of.names[split_of(of, keys, at)] .. format(of.digits, (a * 256 + b) % of.first), sub(keys, at + 2, at + 3)
end

-- Where the last posting of a page ends.
local function used(page)
  return #page - 1 - byte(page, #page) * POSTING
end

-- Where the next posting of `mark` on a page begins, from `at` on; nil if there is none.
local function next_posting(page, mark, at)
  at = find(page, mark, at, true)
  while at and at % POSTING ~= 1 do at = find(page, mark, at + 1, true) end
  return at and at <= used(page) and at or nil
end

-- The latest seq that claims `hash`, of kind i (item id) or u (source + URL), and its row; nil if nobody does.
local function claimed(kind, hash, kept)
  if hash == NO_HASH then return nil end
  for g = #kept, 1, -1 do
    local name, mark = page_place(kept[g].claims, hash, 1)
    local page, seqs = call('GET', name), {}
    local at = page and next_posting(page, mark, 1)
    while at do
      seqs[#seqs + 1] = kept[g].first + from_bytes('<I3', page, at + 3)
      at = next_posting(page, mark, at + POSTING)
    end
    for n = #seqs, 1, -1 do
      local row = row_of(seqs[n])
      if row and row[kind] == hash then return seqs[n], row end
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
