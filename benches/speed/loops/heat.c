// Heat in three dimensions: a stencil of seven points in f64.
#include "kernel.h"

enum { N = 96, STEPS = 60 };
static double grids[2][N][N][N];

static uint64_t kernel(void) {
  for (int z = 0; z < N; z++)
    for (int y = 0; y < N; y++)
      for (int x = 0; x < N; x++) grids[0][z][y][x] = grids[1][z][y][x] = (double)(x + y * 2 + z * 3) / N;
  for (int step = 0; step < STEPS; step++) {
    double (*from)[N][N] = grids[step & 1], (*to)[N][N] = grids[~step & 1];
    for (int z = 1; z + 1 < N; z++)
      for (int y = 1; y + 1 < N; y++)
        for (int x = 1; x + 1 < N; x++) {
          double here = from[z][y][x];
          to[z][y][x] = here + 0.125 * (from[z + 1][y][x] - 2 * here + from[z - 1][y][x])
              + 0.125 * (from[z][y + 1][x] - 2 * here + from[z][y - 1][x])
              + 0.125 * (from[z][y][x + 1] - 2 * here + from[z][y][x - 1]);
        }
  }
  uint64_t sum = 0;
  for (int i = 0; i < N; i++) sum = fold(sum, rounded(grids[0][i][(i * 5) % N][(i * 11) % N]));
  return sum;
}
