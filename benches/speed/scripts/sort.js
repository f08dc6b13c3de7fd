// Sorting by a comparison of the script's own, and doubles in arrays.
let state = 42;
const random = () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff);
const items = Array.from({ length: 80000 }, random);
items.sort((a, b) => (a % 10007) - (b % 10007) || a - b);
const grid = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => (random() % 1000) / 8));
for (let step = 0; step < 6; step++)
  for (let y = 1; y < 99; y++)
    for (let x = 1; x < 99; x++)
      grid[y][x] = (grid[y - 1][x] + grid[y + 1][x] + grid[y][x - 1] + grid[y][x + 1]) / 4;
let sum = 0;
for (const item of items) sum = (sum * 31 + item) % 1000003;
print(items[0], items.at(-1), sum, Math.round(grid[50][50] * 1e6));
