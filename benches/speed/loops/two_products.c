// Two products of matrices, one after the other, in f64.
#include "kernel.h"

enum { N = 320, ROUNDS = 3 };
static double a[N][N], b[N][N], c[N][N], first[N][N], second[N][N];

static void product(double (*to)[N], double (*x)[N], double (*y)[N], double scale) {
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) to[i][j] *= scale;
    for (int k = 0; k < N; k++)
      for (int j = 0; j < N; j++) to[i][j] += x[i][k] * y[k][j];
  }
}

static uint64_t kernel(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = (double)((i * j + 1) % 97) / 97;
      b[i][j] = (double)(i * (j + 1) % 89) / 89;
      c[i][j] = (double)((i + 3 * j) % 83) / 83;
    }
  for (int round = 0; round < ROUNDS; round++) {
    product(first, a, b, 0.5);
    product(second, first, c, 0.25);
  }
  uint64_t sum = 0;
  for (int i = 0; i < N; i += 7) sum = fold(sum, rounded(second[i][(i * 5) % N]));
  return sum;
}
