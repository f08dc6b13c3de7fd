// The best pairing of a sequence: dynamic programming over a triangle.
#include "kernel.h"

enum { N = 900, ROUNDS = 2 };
static int32_t best[N][N];
static int8_t letters[N];

static uint64_t kernel(void) {
  uint64_t sum = 0;
  uint32_t state = 17;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < N; i++) letters[i] = (int8_t)(next_random(&state) % 4);
    memset(best, 0, sizeof best);
    for (int i = N - 1; i >= 0; i--)
      for (int j = i + 1; j < N; j++) {
        int32_t most = best[i][j - 1];
        if (i + 1 < N && best[i + 1][j] > most) most = best[i + 1][j];
        if (i + 1 < j) {
          int32_t pair = best[i + 1][j - 1] + (letters[i] + letters[j] == 3);
          if (pair > most) most = pair;
        }
        for (int k = i + 1; k < j; k++) {
          int32_t split = best[i][k] + best[k + 1][j];
          if (split > most) most = split;
        }
        best[i][j] = most;
      }
    for (int i = 0; i + 1 < N; i += 11) sum = fold(sum, (uint64_t)best[i][N - 1]);
  }
  return sum;
}
