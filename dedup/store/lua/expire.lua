-- Drop templates that nobody wants and that were touched last before ARGV[1] (f64), at most ARGV[2]. Returns how many went.

local before = from_bytes('<d', ARGV[1])
local ids = call('ZRANGEBYSCORE', P .. 't:loose', '-inf', '(' .. string.format('%.17g', before), 'LIMIT', 0, ARGV[2])
for n = 1, #ids do drop(tonumber(ids[n])) end
return #ids
