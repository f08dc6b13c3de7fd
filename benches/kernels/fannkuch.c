// Pancake flips over every permutation of ten: small arrays, index arithmetic.
#include "kernel.h"

enum { N = 10, ROUNDS = 3 };

static int flips(const int *from) {
  int p[N], count = 0;
  memcpy(p, from, sizeof p);
  while (p[0]) {
    int low = 0, high = p[0];
    while (low < high) {
      int held = p[low];
      p[low++] = p[high];
      p[high--] = held;
    }
    count++;
  }
  return count;
}

// Heap's algorithm in its loop form: one swap from each permutation to the next.
static uint64_t all_permutations(int *p) {
  int counter[N] = {0}, most = flips(p), sign = 1;
  int64_t checksum = 0;
  for (int i = 1; i < N;) {
    if (counter[i] < i) {
      int other = i & 1 ? counter[i] : 0, held = p[other];
      p[other] = p[i];
      p[i] = held;
      sign = -sign;
      int count = flips(p);
      if (count > most) most = count;
      checksum += sign * count;
      counter[i]++;
      i = 1;
    } else {
      counter[i++] = 0;
    }
  }
  return fold(fold(0, (uint64_t)most), (uint64_t)checksum);
}

static uint64_t kernel(void) {
  int p[N];
  uint64_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < N; i++) p[i] = (i + round) % N;
    sum = fold(sum, all_permutations(p));
  }
  return sum;
}
