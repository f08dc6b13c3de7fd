// Recursion to the depth given as an argument. The frame is kept alive past the call, so that no
// optimiser turns it into a loop.
#include <stdio.h>
#include <stdlib.h>

static volatile unsigned sink;

__attribute__((noinline)) static unsigned descend(unsigned depth, unsigned limit) {
  if (depth == limit) return depth;
  unsigned below = descend(depth + 1, limit);
  sink = below;
  return below ^ (depth & sink & 1);
}

int main(int argc, char **argv) {
  unsigned limit = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100;
  printf("down to %u\n", limit);
  fflush(stdout);
  printf("result %u\n", descend(0, limit));
  return 0;
}
