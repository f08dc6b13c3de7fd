// A matrix and its transpose times vectors.
#include "kernel.h"

enum { N = 1500, M = 1300, ROUNDS = 60 };
static double a[N][M], x[M], y[N], left[M], right[N];

static uint64_t kernel(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < M; j++) a[i][j] = (double)((i + 2 * j) % 113) / N;
  for (int j = 0; j < M; j++) x[j] = 1 + (double)j / M;
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int j = 0; j < M; j++) left[j] = 0;
    for (int i = 0; i < N; i++) {
      double dot = 0;
      for (int j = 0; j < M; j++) dot += a[i][j] * x[j];
      right[i] = dot;
      y[i] = dot / 64;
    }
    for (int i = 0; i < N; i++)
      for (int j = 0; j < M; j++) left[j] += a[i][j] * y[i];
    for (int j = 0; j < M; j++) x[j] = 1 + left[j] / (1 + left[0]) / 2;
    sum = fold(sum, rounded(right[round] + left[round]));
  }
  return sum;
}
