-- Say of each entry who stood there before, and write nothing.
-- ARGV: 1 oldest live generation; then two for each entry: its 164 bytes for the row, its list keys.
-- Returns one reply for each entry.

local live, out = generations(tonumber(ARGV[1])), {}
for n = 2, #ARGV, 2 do
  local entry = entry_of(ARGV[n], ARGV[n + 1])
  local found = standing(entry, live)
  if found.status == TAKEN then
    out[#out + 1] = reply(found, 0, {}, lists(entry, {}, 0, 0).found)
  else
    local below = found.status == REPLAYED and found.seq or MAX_SEQ
    out[#out + 1] = reply(found, found.seq, same_content(entry.c, below, live), lists(entry, live, 0, 0).found)
      .. decided(entry, below)
  end
end
return out
