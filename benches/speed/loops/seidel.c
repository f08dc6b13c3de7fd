// A stencil of nine points in place: each step needs the one before it.
#include "kernel.h"

enum { N = 700, STEPS = 40 };
static double a[N][N];

static uint64_t kernel(void) {
  for (int y = 0; y < N; y++)
    for (int x = 0; x < N; x++) a[y][x] = (double)(y * (x + 2) % 101) / N;
  for (int step = 0; step < STEPS; step++)
    for (int y = 1; y + 1 < N; y++)
      for (int x = 1; x + 1 < N; x++)
        a[y][x] = (a[y - 1][x - 1] + a[y - 1][x] + a[y - 1][x + 1] + a[y][x - 1] + a[y][x] + a[y][x + 1]
                   + a[y + 1][x - 1] + a[y + 1][x] + a[y + 1][x + 1]) * (1.0 / 9);
  uint64_t sum = 0;
  for (int i = 0; i < N; i += 5) sum = fold(sum, rounded(a[i][(i * 3) % N] * 1e3));
  return sum;
}
