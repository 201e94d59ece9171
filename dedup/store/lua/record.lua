-- Keep verdicts, log their decisions and count their items, all in one step. First write wins.
-- ARGV: 1 how long decisions are kept, milliseconds; then five for each verdict: seq, bucket day (10 bytes), bucket
--       field of the roll-up, packed decision, packed verdict.
-- An item is counted once, where its highest recorded version fell. It is named by the first of its versions recorded.
--
-- a verdict as it stands in v:<n>: item u32, bucket length u16, bucket (day, field), packed verdict

local kept = generations(-math.huge)
local first = kept[1] and kept[1].first or MAX_SEQ
local clock = call('TIME') -- the log's own clock: its entries are named by it
local log_from = max(0, clock[1] * 1000 + floor(clock[2] / 1000) - tonumber(ARGV[1]))

-- Item and bucket of the nearest recorded version, walking along `next` or `previous`; nil if there is none.
local function recorded(row, direction)
  local seq = row[direction]
  while seq >= first do
    local raw = verdict_of(seq)
    if raw ~= '' then
      local item, length = from_bytes('<I4I2', raw)
      return item, sub(raw, 7, 6 + length)
    end
    seq = row_of(seq)[direction]
  end
  return nil
end

local function count(bucket, change)
  local roll, cell = P .. 'roll:' .. sub(bucket, 1, 10), sub(bucket, 11)
  if call('HINCRBY', roll, cell, change) == 0 then call('HDEL', roll, cell) end
end

for n = 2, #ARGV, 5 do
  local seq, bucket = tonumber(ARGV[n]), ARGV[n + 1] .. ARGV[n + 2]
  local row = seq >= first and row_of(seq)
  if row and verdict_of(seq) == '' then
    local later = recorded(row, 'next')
    local earlier, counted = recorded(row, 'previous')
    local item = later or earlier or seq
    local key, place = shelf_of('v:', seq)
    call('LSET', key, place, to_bytes('<I4I2', item, #bucket) .. bucket .. ARGV[n + 4])
    call('XADD', P .. 'log', 'MINID', '~', log_from, '*', 'item', item, 'd', ARGV[n + 3])
    if not later then
      count(bucket, 1)
      if earlier then count(counted, -1) end
    end
  end
end
return true
