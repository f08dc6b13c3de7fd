// Decomposition into two triangles, in place.
#include "kernel.h"

enum { N = 420, ROUNDS = 4 };
static double a[N][N];

static uint64_t kernel(void) {
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) a[i][j] = i == j ? 2 * N : (double)((i * 5 + j * 11 + round) % 61) / 61;
    for (int k = 0; k < N; k++)
      for (int i = k + 1; i < N; i++) {
        double factor = a[i][k] /= a[k][k];
        for (int j = k + 1; j < N; j++) a[i][j] -= factor * a[k][j];
      }
    for (int i = 0; i < N; i += 9) sum = fold(sum, rounded(a[i][(i * 3) % N] * 1e3));
  }
  return sum;
}
