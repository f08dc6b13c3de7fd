// The sieve of Eratosthenes over bits, segment by segment: strided stores.
#include "kernel.h"

enum { LIMIT = 24000000, ROUNDS = 22 };
static uint8_t marks[LIMIT / 16 + 1];

static uint64_t kernel(void) {
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    uint32_t limit = LIMIT - (uint32_t)round;
    memset(marks, 0, sizeof marks);
    for (uint32_t n = 3; n * n < limit; n += 2)
      if (!(marks[n >> 4] & 1 << (n >> 1 & 7)))
        for (uint32_t m = n * n; m < limit; m += 2 * n) marks[m >> 4] |= (uint8_t)(1 << (m >> 1 & 7));
    uint32_t count = 1;
    for (uint32_t n = 3; n < limit; n += 2) count += !(marks[n >> 4] & 1 << (n >> 1 & 7));
    sum = fold(sum, count);
  }
  return sum;
}
