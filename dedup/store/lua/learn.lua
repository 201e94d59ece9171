-- Learn from articles that fill a frame of standing wording. An article counts once: its row has the flag 2 from then on.
-- ARGV: 1 most templates that no person wants; then four for each sighting: seq u32, arrival f64, match u32 (0: none), its
--       arrival f64; outlet; the match's outlet; passage keys, 4 bytes each.

-- The template that most of the keys belong to, the oldest among equals, and how many do.
local function best_owner(keys)
  local owned, best = {}, nil
  for n = 1, #keys do
    local id = owner_of(keys[n])
    if id then owned[id] = (owned[id] or 0) + 1 end
  end
  for id, count in pairs(owned) do
    if not best or count > owned[best] or (count == owned[best] and id < best) then best = id end
  end
  return best, best and owned[best] or 0
end

local function take_keys(t, keys)
  local known = {}
  for n = 1, #t.keys do known[t.keys[n].key] = t.keys[n] end
  for n = 1, #keys do
    local key = keys[n]
    if known[key] then
      known[key].seen = min(known[key].seen + 1, MAX_SEEN)
    elseif t.state == 0 and (call('HSETNX', owners_page(key), key, t.id) == 1 or owner_of(key) == t.id) then
      t.keys[#t.keys + 1] = { key = key, seen = 1 }
    end
  end
  -- as numbers: Lua compares strings by the server's locale
  for n = 1, #t.keys do t.keys[n].number = from_bytes('>I4', t.keys[n].key) end
  table.sort(t.keys, function(a, b) return a.seen > b.seen or (a.seen == b.seen and a.number < b.number) end)
  for n = #t.keys, MAX_KEYS + 1, -1 do disown(table.remove(t.keys, n).key, t.id) end
end

for n = 2, #ARGV, 4 do
  local seq, arrived, match, match_arrived = from_bytes('<I4dI4d', ARGV[n])
  local source, match_source, keys = ARGV[n + 1], ARGV[n + 2], {}
  for at = 1, min(#ARGV[n + 3], 4 * MAX_KEYS), 4 do keys[#keys + 1] = sub(ARGV[n + 3], at, at + 3) end
  local here, counted = standing_of(seq)
  local t
  if here and not counted then
    local best, shared = best_owner(keys)
    if best and 2 * shared >= #keys then
      t = template_of(best)
      local there, known = standing_of(match)
      if match > 0 and there and not known then count_article(t, match, match_source, match_arrived) end
    elseif match > 0 then
      t = new_template(match_arrived)
      count_article(t, match, match_source, match_arrived)
      call('ZADD', P .. 't:loose', arrived, t.id)
    end
  end
  if t then
    count_article(t, seq, source, arrived)
    take_keys(t, keys)
    write(t)
    call('ZADD', P .. 't:loose', 'XX', 'GT', t.last, t.id)
  end
end
for _ = 1, call('ZCARD', P .. 't:loose') - tonumber(ARGV[1]) do
  drop(tonumber(call('ZRANGE', P .. 't:loose', 0, 0)[1]))
end
return true
