-- Make the index, or see whether it is one of ours. It writes, so it fails where nothing can be written.
-- ARGV: 1 settings fingerprint. Returns the fingerprint of the index.

local found = call('HMGET', P .. 'meta', 'fingerprint', 'layout')
if found[2] and found[2] ~= LAYOUT then return 'of layout ' .. found[2] end
call('HSET', P .. 'meta', 'layout', LAYOUT)
call('HSETNX', P .. 'meta', 'fingerprint', ARGV[1])
call('HSETNX', P .. 'meta', 'next', 1)
return found[1] or ARGV[1]
