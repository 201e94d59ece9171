-- Put between judge.lua and the scripts that answer who stood there before: what persons decided of an entry's keys.
-- turns  hash: list key (4 bytes) -> its turns, ascending: first seq u32, state u8 (0 ordinary, 1 pinned, 2 released)

local TURN = 5
local any_decided = call('EXISTS', P .. 'turns') == 1

-- A byte for each list key: its state when `seq` arrived; nothing if all are ordinary. Stands at the end of a reply.
local function decided(entry, seq)
  if not any_decided then return '' end
  local states, found = {}, false
  local k = #entry.keys / 4
  for from = 1, k, BATCH do
    local keys = {}
    for n = from, min(from + BATCH - 1, k) do keys[#keys + 1] = sub(entry.keys, n * 4 - 3, n * 4) end
    local turns = call('HMGET', P .. 'turns', unpack(keys))
    for n = 1, #keys do
      local state = 0
      for at = 1, turns[n] and #turns[n] or 0, TURN do
        local first, becomes = from_bytes('<I4B', turns[n], at)
        if first <= seq then state = becomes end
      end
      states[#states + 1] = string.char(state)
      found = found or state > 0
    end
  end
  return found and concat(states) or ''
end
