-- Objects with methods, arrays and maps.
local Bird = {}
Bird.__index = Bird
function Bird.new(name, weight)
  return setmetatable({name = name, weight = weight, seen = {}}, Bird)
end
function Bird:see(place)
  self.seen[place] = (self.seen[place] or 0) + 1
  self.weight = self.weight + place % 3
  return self
end
local flock, state = {}, 1
for i = 1, 2000 do
  flock[i] = Bird.new("bird" .. i % 50, i % 17)
end
for _ = 1, 700000 do
  state = (state * 1103515245 + 12345) % 2147483648
  flock[state // 7 % 2000 + 1]:see(state % 31)
end
local by_name, sum = {}, 0
for _, bird in ipairs(flock) do
  by_name[bird.name] = (by_name[bird.name] or 0) + bird.weight
  for place, times in pairs(bird.seen) do sum = sum + place * times end
end
print(by_name.bird1, by_name.bird49, sum)
