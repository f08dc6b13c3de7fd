// Covariances of columns.
#include "kernel.h"

enum { N = 700, M = 340, ROUNDS = 5 };
static double data[N][M], mean[M], result[M][M];

static uint64_t kernel(void) {
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < N; i++)
      for (int j = 0; j < M; j++) data[i][j] = (double)((i * j + round) % 127) / M;
    for (int j = 0; j < M; j++) mean[j] = 0;
    for (int i = 0; i < N; i++)
      for (int j = 0; j < M; j++) mean[j] += data[i][j];
    for (int j = 0; j < M; j++) mean[j] /= N;
    for (int i = 0; i < N; i++)
      for (int j = 0; j < M; j++) data[i][j] -= mean[j];
    for (int a = 0; a < M; a++) {
      for (int b = a; b < M; b++) result[a][b] = 0;
      for (int i = 0; i < N; i++)
        for (int b = a; b < M; b++) result[a][b] += data[i][a] * data[i][b];
      for (int b = a; b < M; b++) result[b][a] = result[a][b] /= N - 1;
    }
    for (int a = 0; a < M; a += 3) sum = fold(sum, rounded(result[a][(a * 7) % M]));
  }
  return sum;
}
