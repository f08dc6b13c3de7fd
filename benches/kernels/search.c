// String search three ways: Horspool's skips, a shift-and automaton, and plain memcmp.
#include "kernel.h"

enum { SIZE = 1 << 22 };
static uint8_t text[SIZE + 64];

static int horspool(const char *word, int length) {
  int skip[256], count = 0;
  for (int i = 0; i < 256; i++) skip[i] = length;
  for (int i = 0; i + 1 < length; i++) skip[(uint8_t)word[i]] = length - 1 - i;
  for (int at = 0; at + length <= SIZE; at += skip[text[at + length - 1]])
    count += !memcmp(text + at, word, (size_t)length);
  return count;
}

static int shift_and(const char *word, int length) {
  uint64_t masks[256] = {0}, state = 0, hit = 1ull << (length - 1);
  int count = 0;
  for (int i = 0; i < length; i++) masks[(uint8_t)word[i]] |= 1ull << i;
  for (int at = 0; at < SIZE; at++) {
    state = (state << 1 | 1) & masks[text[at]];
    count += (state & hit) != 0;
  }
  return count;
}

static int plain(const char *word, int length) {
  int count = 0;
  for (int at = 0; at + length <= SIZE; at++)
    count += text[at] == (uint8_t)word[0] && !memcmp(text + at, word, (size_t)length);
  return count;
}

static uint64_t kernel(void) {
  static const char *const WORDS[] = {"waxwing", "abcab", "bird", "edaeda", "xyz", "cabbage"};
  uint32_t state = 13;
  uint64_t sum = 0;
  for (int i = 0; i < SIZE; i++) text[i] = (uint8_t)('a' + next_random(&state) % 5);
  for (int i = 0; i < SIZE; i += 997) memcpy(text + i, WORDS[i % 6], strlen(WORDS[i % 6]));
  for (int round = 0; round < 5; round++)
    for (int w = 0; w < 6; w++) {
      int length = (int)strlen(WORDS[w]);
      int a = horspool(WORDS[w], length), b = shift_and(WORDS[w], length);
      int c = plain(WORDS[w], length);
      sum = fold(sum, a == b && b == c ? (uint64_t)a : 1u << 31);
    }
  return sum;
}
