// A small LZ compressor with a hash table, and its decompressor: matches, copies, byte streams.
#include "kernel.h"

enum { SIZE = 1 << 21, HASH = 1 << 15, ROUNDS = 48 };
static uint8_t text[SIZE], packed[SIZE + SIZE / 8 + 64], back[SIZE];
static int32_t heads[HASH];

static uint32_t load(const uint8_t *p) {
  uint32_t word;
  memcpy(&word, p, 4);
  return word;
}

// A token is a count of literals and a length of match, a byte each, the literals, the distance.
static int compress(void) {
  int out = 0, literals = 0, at = 0;
  memset(heads, 255, sizeof heads);
  while (at < SIZE) {
    int length = 0, from = -1;
    if (at + 8 < SIZE) {
      uint32_t word = load(text + at), slot = word * 2654435761u >> 17;
      from = heads[slot];
      heads[slot] = at;
      if (from >= 0 && at - from < 65536 && load(text + from) == word) {
        length = 4;
        while (length < 255 && at + length < SIZE && text[from + length] == text[at + length])
          length++;
      }
    }
    if (!length) literals++, at++;
    if (length || literals == 255 || at == SIZE) {
      int start = length ? at - literals : at - literals;
      packed[out++] = (uint8_t)literals;
      packed[out++] = (uint8_t)length;
      memcpy(packed + out, text + start, (size_t)literals);
      out += literals;
      literals = 0;
      if (length) {
        packed[out++] = (uint8_t)(at - from);
        packed[out++] = (uint8_t)((at - from) >> 8);
        at += length;
      }
    }
  }
  return out;
}

static int decompress(int size) {
  int out = 0;
  for (int in = 0; in < size;) {
    int literals = packed[in], length = packed[in + 1];
    in += 2;
    memcpy(back + out, packed + in, (size_t)literals);
    in += literals;
    out += literals;
    if (length) {
      int distance = packed[in] | packed[in + 1] << 8;
      in += 2;
      for (int i = 0; i < length; i++, out++) back[out] = back[out - distance];
    }
  }
  return out;
}

static uint64_t kernel(void) {
  static const char *const WORDS[16] = {"the ", "bird ", "flies ", "over ", "a ", "red ", "berry ",
      "and ", "sings ", "its ", "song ", "of ", "wax ", "wing ", "until ", "dawn. "};
  uint32_t state = 21;
  uint64_t sum = 0;
  for (int at = 0; at < SIZE;) {
    const char *word = WORDS[next_random(&state) >> 28];
    while (*word && at < SIZE) text[at++] = (uint8_t)*word++;
    if (at < SIZE && next_random(&state) % 8 == 0) text[at++] = (uint8_t)(state >> 8);
  }
  for (int round = 0; round < ROUNDS; round++) {
    text[round * 1000] ^= 1;
    int size = compress();
    if (decompress(size) != SIZE || memcmp(text, back, SIZE)) return 0;
    sum = fold(sum, (uint64_t)size);
  }
  return sum;
}
