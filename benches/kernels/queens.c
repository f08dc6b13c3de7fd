// Knights and queens over bit boards: 64-bit masks, counts of ones and trailing zeros.
#include "kernel.h"

static uint64_t reach[64];

static uint64_t queens(uint32_t all, uint32_t columns, uint32_t left, uint32_t right) {
  if (columns == all) return 1;
  uint64_t count = 0;
  for (uint32_t free = all & ~(columns | left | right); free; free &= free - 1) {
    uint32_t bit = free & -free;
    count += queens(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}

// All ways of a knight's walk of a given length that never steps on a square twice.
static uint64_t walks(int at, uint64_t visited, int depth) {
  uint64_t free = reach[at] & ~visited;
  if (depth == 1) return (uint64_t)__builtin_popcountll(free);
  uint64_t count = 0;
  for (; free; free &= free - 1) {
    int next = __builtin_ctzll(free);
    count += walks(next, visited | 1ull << next, depth - 1);
  }
  return count;
}

static uint64_t kernel(void) {
  static const int STEPS[8][2] = {{1, 2}, {2, 1}, {2, -1}, {1, -2}, {-1, -2}, {-2, -1}, {-2, 1}, {-1, 2}};
  for (int at = 0; at < 64; at++)
    for (int i = 0; i < 8; i++) {
      int x = at % 8 + STEPS[i][0], y = at / 8 + STEPS[i][1];
      if (x >= 0 && x < 8 && y >= 0 && y < 8) reach[at] |= 1ull << (y * 8 + x);
    }
  uint64_t sum = 0;
  for (int n = 4; n <= 13; n++) sum = fold(sum, queens((1u << n) - 1, 0, 0, 0));
  for (int at = 0; at < 64; at += 5) sum = fold(sum, walks(at, 1ull << at, 11));
  return sum;
}
