// Time by the monotonic clock, on stderr in the form that the benches read: neither a program's start nor
// its compilation is in the figure.
#ifndef TIMED_H
#define TIMED_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

static struct timespec timed_from;

static inline void timed_begin(void) {
  clock_gettime(CLOCK_MONOTONIC, &timed_from);
}

static inline void timed_end(void) {
  struct timespec to;
  clock_gettime(CLOCK_MONOTONIC, &to);
  int64_t ns = (to.tv_sec - timed_from.tv_sec) * 1000000000LL + (to.tv_nsec - timed_from.tv_nsec);
  fflush(stdout);
  fprintf(stderr, "ns %lld\n", (long long)ns);
}

#endif
