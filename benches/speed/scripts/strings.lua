-- Building, searching and replacing text.
local parts = {}
for i = 1, 100000 do
  parts[#parts + 1] = string.format("%d:%s", i * 7919 % 1000, string.rep("wax", i % 4))
end
local text = table.concat(parts, ",")
local words, letters = 0, {}
for number, word in text:gmatch("(%d+):(%a*)") do
  words = words + tonumber(number) + #word
end
for i = 1, #text do
  local byte = text:byte(i)
  letters[byte] = (letters[byte] or 0) + 1
end
local other = text:gsub("wax", "wing"):upper():reverse()
print(words, letters[97], #other, other:sub(1, 20), other:find("GNIW", 500, true))
