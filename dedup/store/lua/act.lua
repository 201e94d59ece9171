-- What a person does to a template. ARGV: 1 id, 0 to make one; 2 state u8 in decimal, '' if it stays; 3 name and 4 '1', or ''
--       and '' if it stays; 5 passage keys that the state speaks of, ascending, 4 bytes each; 6 the act, JSON; 7 its time f64;
--       to make one: 8 the example: seq u32, arrival f64; 9 its outlet.
-- Returns the id, 0 if there is no such template.

local TURN, MAX_TURNS = 5, 16
local next_seq = tonumber(call('HGET', P .. 'meta', 'next'))
local t
if ARGV[1] == '0' then
  local seq, arrived = from_bytes('<I4d', ARGV[8])
  t = new_template(arrived)
  count_article(t, seq, ARGV[9], arrived)
else
  t = template_of(tonumber(ARGV[1]))
  if not t then return 0 end
end
local person = P .. 'tp:' .. t.id

-- From the next arrival on, a key has another state; two turns between the same arrivals are one.
local function turn(key, state)
  local turns = call('HGET', P .. 'turns', key) or ''
  local first, now = 0, 0
  if turns ~= '' then first, now = from_bytes('<I4B', turns, #turns - TURN + 1) end
  if now == state then return end
  if first == next_seq then turns = sub(turns, 1, -TURN - 1) end
  call('HSET', P .. 'turns', key, sub(turns .. to_bytes('<I4B', next_seq, state), -TURN * MAX_TURNS))
end

local function decide(state, keys)
  local before, learnt, still = call('HGET', person, 'keys') or '', {}, {}
  for n = 1, #t.keys do learnt[t.keys[n].key] = true end
  for at = 1, #keys, 4 do still[sub(keys, at, at + 3)] = true end
  for at = 1, #before, 4 do
    local key = sub(before, at, at + 3)
    if not still[key] then
      turn(key, 0)
      if not learnt[key] then disown(key, t.id) end
    end
  end
  for at = 1, #keys, 4 do
    local key = sub(keys, at, at + 3)
    turn(key, state)
    call('HSETNX', owners_page(key), key, t.id)
  end
  t.state = state
  call('HSET', person, 'keys', keys)
end

if ARGV[2] ~= '' then decide(tonumber(ARGV[2]), ARGV[5]) end
if ARGV[4] ~= '' then call('HSET', person, 'name', ARGV[3]) end
call('RPUSH', P .. 'tc:' .. t.id, ARGV[6])
call('LTRIM', P .. 'tc:' .. t.id, -MAX_CHANGES, -1)
write(t)
if t.state == 0 and (call('HGET', person, 'name') or '') == '' then
  call('ZADD', P .. 't:loose', 'GT', max(from_bytes('<d', ARGV[7]), t.last), t.id)
else
  call('ZREM', P .. 't:loose', t.id)
end
return t.id
