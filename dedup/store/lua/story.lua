-- Put between the prelude and the scripts that read or change stories.
--
-- m:<n>  story numbers of the seqs n * 4096 .. n * 4096 + 4095, u32 each; 0 where an article stands alone
-- s:<number>  a story: its newest seq, ever u32, version u32, lead u32 (0: vacant), length of its id u16, id;
--             then each member in order of joining: seq u32, score u16 in ten-thousandths
-- <generation>:s  numbers u32 of the stories whose newest member came with that generation; some may stand there twice
-- meta: `stories` counts the writes, each gives a story its version

local SLOT, MEMBER, STORY_HEAD = 4, 6, 14
local kept = generations(-math.huge)
local oldest_seq = kept[1] and kept[1].first or MAX_SEQ

local function is_here(seq)
  return seq >= oldest_seq and row_of(seq) ~= nil
end

-- The number of the story that `seq` stands in; 0 if it stands alone.
local function number_of(seq)
  if seq < oldest_seq then return 0 end
  local at = seq % ROWS * SLOT
  local raw = call('GETRANGE', P .. 'm:' .. floor(seq / ROWS), at, at + SLOT - 1)
  return #raw == SLOT and from_bytes('<I4', raw) or 0
end

local function set_number(seq, number)
  local key = P .. 'm:' .. floor(seq / ROWS)
  if call('EXISTS', key) == 0 then
    if number == 0 then return end
    call('SETRANGE', key, ROWS * SLOT - 1, '\0') -- its full length at once: no doubling
  end
  call('SETRANGE', key, seq % ROWS * SLOT, to_bytes('<I4', number))
end

-- A story taken apart, `members` still packed; nil if there is none.
local function story_of(number)
  local raw = call('GET', P .. 's:' .. number)
  if not raw then return nil end
  local newest, version, lead, length = from_bytes('<I4I4I4I2', raw)
  return { newest = newest, version = version, lead = lead, id = sub(raw, STORY_HEAD + 1, STORY_HEAD + length),
           members = sub(raw, STORY_HEAD + length + 1) }
end

local function seqs_of(members)
  local seqs = {}
  for at = 1, #members, MEMBER do seqs[#seqs + 1] = from_bytes('<I4', members, at) end
  return seqs
end

local function generation_of(seq)
  local g = #kept
  while g > 1 and kept[g].first > seq do g = g - 1 end
  return kept[g]
end

-- Write a story. `newest` is its newest member, `known` the newest one when it was written before (nil: never).
local function put_story(number, lead, id, members, newest, known)
  local version = call('HINCRBY', P .. 'meta', 'stories', 1)
  local raw = to_bytes('<I4I4I4I2', newest, version, lead, #id) .. id .. members
  call('SET', P .. 's:' .. number, raw)
  if not known or generation_of(known) ~= generation_of(newest) then
    call('APPEND', P .. generation_of(newest).number .. ':s', to_bytes('<I4', number))
  end
  return raw
end

local function drop_story(number, members)
  local seqs = seqs_of(members)
  for n = 1, #seqs do set_number(seqs[n], 0) end
  call('DEL', P .. 's:' .. number)
end

-- Take an article out of its story; where it led, the lead is vacant. The founder alone needs no story.
local function leave(seq)
  local number = number_of(seq)
  local found = number ~= 0 and story_of(number)
  if not found then return end
  local left, others, seqs = {}, false, seqs_of(found.members)
  for n = 1, #seqs do
    if seqs[n] ~= seq then
      left[#left + 1] = sub(found.members, (n - 1) * MEMBER + 1, n * MEMBER)
      others = others or seqs[n] ~= number
    end
  end
  if not others then return drop_story(number, found.members) end
  put_story(number, found.lead == seq and 0 or found.lead, found.id, concat(left), found.newest, found.newest)
  set_number(seq, 0)
end
