-- Backtracking over tables of booleans.
local function solve(n)
  local columns, up, down, count = {}, {}, {}, 0
  local function place(row)
    if row > n then
      count = count + 1
      return
    end
    for column = 1, n do
      local a, b = row + column, row - column + n
      if not (columns[column] or up[a] or down[b]) then
        columns[column], up[a], down[b] = true, true, true
        place(row + 1)
        columns[column], up[a], down[b] = false, false, false
      end
    end
  end
  place(1)
  return count
end
print(solve(8), solve(10), solve(11))
