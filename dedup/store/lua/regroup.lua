-- Replace stories by others, in one step.
-- ARGV: 1 how many are replaced; two for each: number, version (0: not stored); then four for each new one: number, lead,
--       id, members. Returns 1; 0, with nothing written, where things have changed since they were read.

local before, after = {}, {}
local at = 2
for _ = 1, tonumber(ARGV[1]) do
  local number = tonumber(ARGV[at])
  local found = story_of(number)
  if (found and found.version or 0) ~= tonumber(ARGV[at + 1]) then return 0 end
  before[number] = found or { members = '', newest = nil }
  at = at + 2
end
while at <= #ARGV do
  local row = { number = tonumber(ARGV[at]), lead = tonumber(ARGV[at + 1]), id = ARGV[at + 2], members = ARGV[at + 3] }
  if not before[row.number] and story_of(row.number) then return 0 end
  local seqs = seqs_of(row.members)
  for n = 1, #seqs do
    local stands_in = number_of(seqs[n])
    if not is_here(seqs[n]) or stands_in ~= 0 and not before[stands_in] then return 0 end
  end
  row.seqs = seqs
  after[#after + 1] = row
  at = at + 4
end

call('HINCRBY', P .. 'meta', 'stories', 0) -- refused at maxmemory, before anything is written
for number, found in pairs(before) do drop_story(number, found.members) end
for n = 1, #after do
  local row, newest = after[n], 0
  for m = 1, #row.seqs do
    newest = max(newest, row.seqs[m])
    set_number(row.seqs[m], row.number)
  end
  local known = before[row.number] and before[row.number].newest
  put_story(row.number, row.lead, row.id, row.members, max(newest, known or 0), known)
end
return 1
