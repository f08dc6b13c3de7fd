// The shortest paths between all pairs of places: integers and a minimum.
#include "kernel.h"

enum { N = 420, ROUNDS = 3 };
static int32_t path[N][N];

static uint64_t kernel(void) {
  uint64_t sum = 0;
  uint32_t state = 11;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) path[i][j] = i == j ? 0 : (int32_t)(next_random(&state) % 9999 + 1);
    for (int k = 0; k < N; k++)
      for (int i = 0; i < N; i++) {
        int32_t so_far = path[i][k];
        for (int j = 0; j < N; j++) {
          int32_t over = so_far + path[k][j];
          if (over < path[i][j]) path[i][j] = over;
        }
      }
    for (int i = 0; i < N; i++) sum = fold(sum, (uint64_t)path[i][(i * 7 + 1) % N]);
  }
  return sum;
}
