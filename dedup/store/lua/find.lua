-- The latest version of an item. ARGV: 1 id hash. Returns its seq, 0 if the id is unknown.

local seq, row = claimed('i', ARGV[1], generations(-math.huge))
if not seq then return 0 end
return (head_of(seq, row))
