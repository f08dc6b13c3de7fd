-- A script of ordinary habits: closures, metatables, strings and patterns, sorting, files, big
-- loops, integer and float arithmetic, garbage by the megabyte.

local function section(name) print("-- " .. name) end

section("arguments")
print(#arg, arg[1], arg[2])

section("closures")
local function counter()
  local n = 0
  return function(by) n = n + (by or 1) return n end
end
local a, b = counter(), counter()
print(a(), a(), a(10), b())

section("metatables")
local Vector = {}
Vector.__index = Vector
Vector.__add = function(u, v) return setmetatable({u[1] + v[1], u[2] + v[2]}, Vector) end
Vector.__eq = function(u, v) return u[1] == v[1] and u[2] == v[2] end
Vector.__tostring = function(v) return "(" .. v[1] .. ", " .. v[2] .. ")" end
function Vector:length() return (self[1] ^ 2 + self[2] ^ 2) ^ 0.5 end
local v = setmetatable({3, 4}, Vector)
print(tostring(v + v), v:length(), v == setmetatable({3, 4}, Vector))

section("strings")
local text = "the waxwing eats the berry and the waxwing sings"
local counts, names = {}, {}
for word in text:gmatch("%a+") do
  if not counts[word] then names[#names + 1] = word end
  counts[word] = (counts[word] or 0) + 1
end
table.sort(names, function(x, y)
  if counts[x] ~= counts[y] then return counts[x] > counts[y] end
  return x < y
end)
for i = 1, 3 do print(counts[names[i]], names[i]) end
print(("%5.2f|%-6s|%04x|%q"):format(3.14159, "ab", 48879, "line\n"))
print(text:gsub("waxwing", string.upper))
print(utf8.len("über dem Fluß"), utf8.char(252, 8364), ("x"):rep(5, "-"))

section("numbers")
print(7 // 2, -7 // 2, 7 % -3, 7 / 2, 2 ^ 53, 1 << 40, 5 // 0.0, math.maxinteger + 1 == math.mininteger)
print(math.tointeger(3.0), 10 == 10.0, math.type(1), math.type(1.0), 0x7fffffffffffffff)
local sum = 0.0
for i = 1, 100000 do sum = sum + 1 / i end
print(("%.12f"):format(sum))

section("primes")
local sieve, found = {}, 0
for n = 2, 200000 do
  if not sieve[n] then
    found = found + 1
    for m = n * n, 200000, n do sieve[m] = true end
  end
end
print(found)

section("sorting")
local list, seed = {}, 42
for i = 1, 50000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  list[i] = seed
end
table.sort(list)
local ordered = true
for i = 2, #list do ordered = ordered and list[i - 1] <= list[i] end
print(ordered, list[1], list[#list])

section("garbage")
local kept = {}
for i = 1, 200000 do kept[i % 100 + 1] = {i, tostring(i)} end
collectgarbage()
print(#kept, collectgarbage("count") < 40000)

section("files")
local path = arg[1] .. "/notes.txt"
local out = assert(io.open(path, "w"))
for i = 1, 1000 do out:write("line ", i, "\n") end
out:close()
local lines, bytes = 0, 0
for line in io.lines(path) do lines, bytes = lines + 1, bytes + #line + 1 end
print(lines, bytes)
local back = io.open(path)
back:seek("set", 7)
print(back:read("l"), back:read("n"), back:seek("end"))
back:close()
print(io.open(arg[1] .. "/absent.txt"))

section("input")
for line in io.lines() do print("in: " .. line) end
