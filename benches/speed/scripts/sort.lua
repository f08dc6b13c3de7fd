-- The library's sort with a comparison in Lua, and a heap by hand.
local state, items = 42, {}
local function random()
  state = (state * 1103515245 + 12345) % 2147483648
  return state
end
for i = 1, 70000 do items[i] = random() end
table.sort(items, function(a, b) return a % 10007 < b % 10007 or (a % 10007 == b % 10007 and a < b) end)
local heap, size = {}, 0
local function push(value)
  size = size + 1
  local at = size
  while at > 1 and heap[at // 2] > value do
    heap[at], at = heap[at // 2], at // 2
  end
  heap[at] = value
end
local function pop()
  local top, last, at = heap[1], heap[size], 1
  size = size - 1
  while 2 * at <= size do
    local child = 2 * at
    if child < size and heap[child + 1] < heap[child] then child = child + 1 end
    if heap[child] >= last then break end
    heap[at], at = heap[child], child
  end
  heap[at] = last
  return top
end
for _ = 1, 70000 do push(random()) end
local sum = 0
for i = 1, 70000 do sum = (sum * 31 + pop() + items[i]) % 1000000007 end
print(items[1], items[70000], sum)
