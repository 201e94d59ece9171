-- Put between the prelude and the scripts about templates: learn, act and expire. docs/decisions/0012-template-registry.md
--
-- t:<id>     what was learnt of one: first and last arrival f64, articles u32, state u8 (as in decided.lua), counts u8 of
--            examples, keys and outlets; examples, u32 each; keys, 4 bytes and times seen u16; outlets, articles u32,
--            length u16, name
-- tp:<id>    hash, a person's part: name; `keys`, 4 bytes each, that the state speaks of
-- tc:<id>    list: the latest acts of persons, JSON
-- tk:<page>  hash: passage key -> id of the template it belongs to
-- t:rank     sorted set: id, by articles * 2^32 + id
-- t:loose    sorted set: id of those that no person named or decided, by the time they were touched last

local MAX_KEYS, MAX_SOURCES, MAX_EXAMPLES, FIRST_EXAMPLES, MAX_CHANGES = 64, 16, 20, 2, 20 -- as in templates.py
local MAX_COUNTED, MAX_SEEN = 1048575, 65535
local HEAD = '<ddI4BBBB'

local function template_of(id)
  local raw = call('GET', P .. 't:' .. id)
  if not raw then return nil end
  local first, last, articles, state, examples, keys, sources, at = from_bytes(HEAD, raw)
  local t = { id = id, first = first, last = last, articles = articles, state = state, examples = {}, keys = {}, sources = {} }
  for n = 1, examples do
    t.examples[n] = from_bytes('<I4', raw, at)
    at = at + 4
  end
  for n = 1, keys do
    t.keys[n] = { key = sub(raw, at, at + 3), seen = from_bytes('<I2', raw, at + 4) }
    at = at + 6
  end
  for n = 1, sources do
    local count, length = from_bytes('<I4I2', raw, at)
    t.sources[n] = { count = count, name = sub(raw, at + 6, at + 5 + length) }
    at = at + 6 + length
  end
  return t
end

local function new_template(arrived)
  local id = call('HINCRBY', P .. 'meta', 'templates', 1)
  return { id = id, first = arrived, last = arrived, articles = 0, state = 0, examples = {}, keys = {}, sources = {} }
end

local function write(t)
  local out = { to_bytes(HEAD, t.first, t.last, t.articles, t.state, #t.examples, #t.keys, #t.sources) }
  for n = 1, #t.examples do out[#out + 1] = to_bytes('<I4', t.examples[n]) end
  for n = 1, #t.keys do out[#out + 1] = t.keys[n].key .. to_bytes('<I2', t.keys[n].seen) end
  for n = 1, #t.sources do out[#out + 1] = to_bytes('<I4I2', t.sources[n].count, #t.sources[n].name) .. t.sources[n].name end
  call('SET', P .. 't:' .. t.id, concat(out))
  call('ZADD', P .. 't:rank', t.articles * 4294967296 + t.id, t.id)
end

local function count(t, seq, source, arrived)
  t.articles = min(t.articles + 1, MAX_COUNTED)
  t.first, t.last = min(t.first, arrived), max(t.last, arrived)
  local known
  for n = 1, #t.sources do
    if t.sources[n].name == source then known = t.sources[n] end
  end
  if known then
    known.count = known.count + 1
  elseif #t.sources < MAX_SOURCES then
    t.sources[#t.sources + 1] = { count = 1, name = source }
  end
  local here = false
  for n = 1, #t.examples do here = here or t.examples[n] == seq end
  if not here then
    t.examples[#t.examples + 1] = seq
    table.sort(t.examples)
    if #t.examples > MAX_EXAMPLES then table.remove(t.examples, FIRST_EXAMPLES + 1) end
  end
end

local oldest_seq = (generations(-math.huge)[1] or { first = MAX_SEQ }).first

-- Whether the article is in the index, and whether a template counts it.
local function standing_of(seq)
  local key, at = row_place(seq)
  local raw = seq >= oldest_seq and call('GETRANGE', key, at, at + 2) or ''
  if #raw < 3 then return false, false end
  local flags, version = from_bytes('<BI2', raw)
  return version > 0, flags >= 2
end

-- One more article of the frame, marked as counted.
local function count_article(t, seq, source, arrived)
  count(t, seq, source, arrived)
  if standing_of(seq) then
    local key, at = row_place(seq)
    call('SETRANGE', key, at, '\2')
  end
end

-- 8,192 pages, by the upper 13 bits: at most 80 keys or so on each, which a server keeps packed
local function owners_page(key)
  return P .. 'tk:' .. floor((byte(key, 1) * 256 + byte(key, 2)) / 8)
end

local function owner_of(key)
  return tonumber(call('HGET', owners_page(key), key) or nil)
end

local function disown(key, id)
  if owner_of(key) == id then call('HDEL', owners_page(key), key) end
end

-- One that no person wants; only frees, so it is allowed at maxmemory.
local function drop(id)
  local t = template_of(id)
  call('ZREM', P .. 't:loose', id)
  call('ZREM', P .. 't:rank', id)
  for n = 1, #t.keys do disown(t.keys[n].key, id) end
  call('DEL', P .. 't:' .. id, P .. 'tp:' .. id, P .. 'tc:' .. id)
end
