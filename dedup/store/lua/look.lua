-- Say of each entry who stood there before, and write nothing.
-- ARGV: 1 oldest live generation; then three for each entry: its 36 bytes for the row, its list keys, the names of their pages.
-- Returns one reply for each entry.

local live, out = generations(tonumber(ARGV[1])), {}
for n = 2, #ARGV, 3 do
  local entry = entry_of(ARGV[n], ARGV[n + 1], ARGV[n + 2])
  local found = standing(entry, live)
  if found.status == TAKEN then
    out[#out + 1] = reply(found, 0, {}, '', '')
  else
    local below = found.status == REPLAYED and found.seq or MAX_SEQ
    out[#out + 1] = reply(found, found.seq, same_content(entry.c, below, live), lists(entry, live, 0, 0))
      .. decided(entry, below)
  end
end
return out
