// The Cholesky decomposition of a matrix that is positive definite.
#include "kernel.h"

enum { N = 500, ROUNDS = 3 };
static double a[N][N];

static uint64_t kernel(void) {
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < N; i++)
      for (int j = 0; j <= i; j++) a[i][j] = i == j ? N + round : (double)((i * 7 + j * 3) % 50) / 50;
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < i; j++) {
        double rest = a[i][j];
        for (int k = 0; k < j; k++) rest -= a[i][k] * a[j][k];
        a[i][j] = rest / a[j][j];
      }
      double rest = a[i][i];
      for (int k = 0; k < i; k++) rest -= a[i][k] * a[i][k];
      a[i][i] = sqrt(rest);
    }
    for (int i = 0; i < N; i += 9) sum = fold(sum, rounded(a[i][i / 2] + a[i][i]));
  }
  return sum;
}
