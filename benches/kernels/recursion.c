// Fibonacci, Ackermann and Takeuchi by the book: nothing but direct calls.
#include "kernel.h"

// The volatile bound keeps the optimiser from unfolding the recursion into a loop.
static volatile int one = 1;

__attribute__((noinline)) static uint32_t fibonacci(uint32_t n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

__attribute__((noinline)) static uint32_t ackermann(uint32_t m, uint32_t n) {
  if (m == 0) return n + 1;
  return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

__attribute__((noinline)) static int takeuchi(int x, int y, int z) {
  if (y >= x) return z;
  return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

static uint64_t kernel(void) {
  uint64_t sum = fold(0, fibonacci((uint32_t)(41 * one)));
  for (int i = 0; i < 16; i++) sum = fold(sum, ackermann(2, (uint32_t)(900 * one + i)));
  for (int i = 0; i < 4; i++) sum = fold(sum, (uint64_t)takeuchi(22 * one, 14 + i % 2, 6));
  return sum;
}
