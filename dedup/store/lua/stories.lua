-- The stories that articles stand in. ARGV: seqs. Returns three for each article in one: its seq, the number, the story.

local out = {}
for n = 1, #ARGV do
  local number = number_of(tonumber(ARGV[n]))
  local raw = number ~= 0 and call('GET', P .. 's:' .. number)
  if raw then
    out[#out + 1] = tonumber(ARGV[n])
    out[#out + 1] = number
    out[#out + 1] = raw
  end
end
return out
