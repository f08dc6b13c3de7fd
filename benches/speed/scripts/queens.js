// Backtracking over typed arrays.
function solve(n) {
  const columns = new Uint8Array(n), up = new Uint8Array(2 * n), down = new Uint8Array(2 * n);
  let count = 0;
  const place = (row) => {
    if (row === n) {
      count++;
      return;
    }
    for (let column = 0; column < n; column++) {
      const a = row + column, b = row - column + n;
      if (columns[column] || up[a] || down[b]) continue;
      columns[column] = up[a] = down[b] = 1;
      place(row + 1);
      columns[column] = up[a] = down[b] = 0;
    }
  };
  place(0);
  return count;
}
print(solve(8), solve(11));
