// What the compressors' drivers share: a text that looks like logs, a timed loop, a checksum.
#ifndef PACKING_H
#define PACKING_H

#include <stdlib.h>
#include <string.h>

#include "timed.h"

enum { PACKING_SIZE = 1 << 22 };

static size_t bound(size_t size);
static size_t pack(void *into, size_t room, const void *from, size_t size);
static size_t unpack(void *into, size_t room, const void *from, size_t size);

static size_t packing_text(char *into) {
  static const char *const VERBS[] = {"opened", "closed", "read", "wrote", "sent", "lost"};
  static const char *const THINGS[] = {"nest", "egg", "berry", "branch", "song", "feather", "wing"};
  uint32_t state = 2463534242u;
  size_t at = 0;
  for (int line = 0; at + 160 < PACKING_SIZE; line++) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    at += (size_t)sprintf(into + at, "%08d [%s] bird-%u %s %s=%u after %u.%02u ms", line * 17,
        state % 11 ? "info" : "warning", state % 97, VERBS[state % 6], THINGS[state / 6 % 7],
        state >> 12, state >> 24, state % 100);
    // A share of bytes that repeat nothing.
    for (uint32_t i = state % 9; i > 0; i--) into[at++] = (char)(33 + (state >> i) % 90);
    into[at++] = '\n';
  }
  return at;
}

static int packing_main(int argc, char **argv, int compressions, int decompressions) {
  if (argc != 2) return 2;
  char *text = malloc(PACKING_SIZE), *back = malloc(PACKING_SIZE);
  size_t size = packing_text(text), room = bound(size), made = 0;
  unsigned char *packed = malloc(room);
  if (!strcmp(argv[1], "compress")) {
    timed_begin();
    for (int i = 0; i < compressions; i++) {
      text[i * 4099] ^= 1;
      made = pack(packed, room, text, size);
    }
    timed_end();
  } else {
    made = pack(packed, room, text, size);
    timed_begin();
    for (int i = 0; i < decompressions; i++)
      if (unpack(back, PACKING_SIZE, packed, made) != size) return 1;
    timed_end();
  }
  if (unpack(back, PACKING_SIZE, packed, made) != size || memcmp(text, back, size)) return 1;
  // Of what came back: what was packed may differ with the width of a pointer.
  uint64_t sum = size;
  for (size_t i = 0; i < size; i++) sum = (sum ^ (unsigned char)back[i]) * 1099511628211u;
  printf("%s %zu %016llx\n", argv[1], size, (unsigned long long)sum);
  return 0;
}

#endif
