// Dense matrix product in f64, three loops with the inner one along rows.
#include "kernel.h"

enum { N = 448, ROUNDS = 20 };
static double a[N][N], b[N][N], c[N][N];

static uint64_t kernel(void) {
  uint32_t state = 1;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = next_random(&state) % 100;
      b[i][j] = next_random(&state) % 100;
    }
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < N; i++)
      for (int k = 0; k < N; k++) {
        double factor = a[i][k] + round;
        for (int j = 0; j < N; j++) c[i][j] += factor * b[k][j];
      }
  uint64_t sum = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) sum = fold(sum, (uint64_t)c[i][j]);
  return sum;
}
