// Base64 there and back: byte loads, table look-ups, shifts.
#include "kernel.h"

enum { SIZE = 3 << 18, ROUNDS = 480 };
static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t plain[SIZE], coded[SIZE / 3 * 4], back[SIZE];
static uint8_t values[256];

static void encode(void) {
  uint8_t *out = coded;
  for (int i = 0; i < SIZE; i += 3) {
    uint32_t three = (uint32_t)plain[i] << 16 | plain[i + 1] << 8 | plain[i + 2];
    *out++ = (uint8_t)LETTERS[three >> 18];
    *out++ = (uint8_t)LETTERS[three >> 12 & 63];
    *out++ = (uint8_t)LETTERS[three >> 6 & 63];
    *out++ = (uint8_t)LETTERS[three & 63];
  }
}

static int decode(void) {
  uint8_t *out = back, wrong = 0;
  for (int i = 0; i < SIZE / 3 * 4; i += 4) {
    uint8_t a = values[coded[i]], b = values[coded[i + 1]];
    uint8_t c = values[coded[i + 2]], d = values[coded[i + 3]];
    wrong |= a | b | c | d;
    *out++ = (uint8_t)(a << 2 | b >> 4);
    *out++ = (uint8_t)(b << 4 | c >> 2);
    *out++ = (uint8_t)(c << 6 | d);
  }
  return wrong >> 6;
}

static uint64_t kernel(void) {
  uint32_t state = 9;
  uint64_t sum = 0;
  memset(values, 255, sizeof values);
  for (uint8_t i = 0; i < 64; i++) values[(uint8_t)LETTERS[i]] = i;
  for (int i = 0; i < SIZE; i++) plain[i] = (uint8_t)next_random(&state);
  for (int round = 0; round < ROUNDS; round++) {
    encode();
    int wrong = decode();
    if (wrong || memcmp(plain, back, SIZE)) return 0;
    sum = fold(sum, coded[round * 7]);
    plain[round] ^= (uint8_t)round;
  }
  return sum;
}
