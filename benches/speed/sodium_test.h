// Stands in for the header that libsodium's own tests begin with, and is put before them by the compiler's
// command line. A test becomes a benchmark: it runs once with its output on stdout, which has to be the
// same for every build of it, then as often as the first argument says in silence, timed by the
// monotonic clock. Guarded allocations are plain ones, of memory that is kept: its pages would be what
// is measured otherwise. "Random" bytes come from a generator that begins anew with each run, so that each
// does the same.
#ifndef __CMPTEST_H__
#define __CMPTEST_H__

#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sodium.h"
#include "quirks.h"

#include "timed.h"

int xmain(void);

// What a test points to when it has nothing to point to.
static unsigned char nothing[1];
static unsigned char *const guard_page = nothing;

static uint64_t random_state;
static int loud;

static uint32_t same_random(void) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  uint64_t x = random_state;
  x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
  return (uint32_t)(x >> 32);
}

static void same_bytes(void *const into, const size_t size) {
  for (size_t i = 0; i < size; i++) ((unsigned char *)into)[i] = (unsigned char)(same_random() >> 24);
}

static const char *same_name(void) { return "the same for every build"; }

// Blocks that were freed, by the power of two that they hold; the power stands before each block.
static void *freed[32];

static void *plain_malloc(size_t size) {
  unsigned power = 5;
  while (power < 31 && ((size_t)1 << power) - 16 < size) power++;
  if (((size_t)1 << power) - 16 < size) return NULL;
  unsigned char *block = freed[power];
  if (block) memcpy(&freed[power], block + 16, sizeof freed[power]);
  else block = malloc((size_t)1 << power);
  if (!block) return NULL;
  memcpy(block, &power, sizeof power);
  return block + 16;
}

static void plain_free(void *at) {
  if (!at) return;
  unsigned power;
  unsigned char *block = (unsigned char *)at - 16;
  memcpy(&power, block, sizeof power);
  memcpy(at, &freed[power], sizeof freed[power]);
  freed[power] = block;
}

static void *plain_allocarray(size_t count, size_t size) {
  return size && count > SIZE_MAX / size ? NULL : plain_malloc(count * size);
}

static void one_run(void) {
  random_state = 1;
  int code = xmain();
  if (code != 0) {
    fprintf(stderr, "the test failed: %d\n", code);
    exit(1);
  }
}

int main(int argc, char **argv) {
  static randombytes_implementation same;
  same.implementation_name = same_name;
  same.random = same_random;
  same.buf = same_bytes;
  int times = argc > 1 ? atoi(argv[1]) : 1;
  if (randombytes_set_implementation(&same) != 0 || sodium_init() != 0) return 99;
  loud = 1;
  one_run();
  loud = 0;
  timed_begin();
  for (int i = 0; i < times; i++) one_run();
  timed_end();
  return 0;
}

#define sodium_malloc(size) plain_malloc(size)
#define sodium_free(at) plain_free(at)
#define sodium_allocarray(count, size) plain_allocarray(count, size)
#define rand() ((int)(same_random() >> 1))
#define printf(...) ((void)(loud && printf(__VA_ARGS__)))
#define main xmain

#endif
