-- Add an article to a story, or make one of two. Others may have joined meanwhile; joining twice is joining once.
-- ARGV: 1 number, 2 version (0: not stored), 3 lead, 4 id of the story; 5 seq of the article, 6 its 6 bytes as a member.
-- Returns the story; false, with nothing written, where its lead, or where one of the two stands, has changed.

local number, lead, seq = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[5])
local stands_in = number_of(seq)
if stands_in ~= 0 then return stands_in == number and call('GET', P .. 's:' .. number) end
if not is_here(seq) or not is_here(lead) then return false end
local found = story_of(number)
local raw
if found then
  if found.lead ~= lead then return false end
  raw = put_story(number, lead, found.id, found.members .. ARGV[6], max(found.newest, seq), found.newest)
else
  if ARGV[2] ~= '0' or lead ~= number or number_of(lead) ~= 0 then return false end
  raw = put_story(number, lead, ARGV[4], to_bytes('<I4I2', lead, 10000) .. ARGV[6], max(lead, seq))
  set_number(lead, number)
end
set_number(seq, number)
return raw
