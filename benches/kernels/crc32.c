// CRC-32 by bytes and by slices of eight: dependent table loads.
#include "kernel.h"

enum { SIZE = 1 << 20, ROUNDS = 140 };
static uint32_t table[8][256];
static uint8_t data[SIZE];

static uint32_t by_bytes(uint32_t crc, const uint8_t *p, int count) {
  while (count--) crc = table[0][(crc ^ *p++) & 255] ^ crc >> 8;
  return crc;
}

static uint32_t by_eights(uint32_t crc, const uint8_t *p, int count) {
  for (; count >= 8; count -= 8, p += 8) {
    uint32_t low, high;
    memcpy(&low, p, 4);
    memcpy(&high, p + 4, 4);
    low ^= crc;
    crc = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255] ^
          table[4][low >> 24] ^ table[3][high & 255] ^ table[2][high >> 8 & 255] ^
          table[1][high >> 16 & 255] ^ table[0][high >> 24];
  }
  return by_bytes(crc, p, count);
}

static uint64_t kernel(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
    table[0][i] = c;
  }
  for (int i = 0; i < 256; i++)
    for (int k = 1; k < 8; k++)
      table[k][i] = table[0][table[k - 1][i] & 255] ^ table[k - 1][i] >> 8;
  uint32_t state = 5, crc = ~0u;
  for (int i = 0; i < SIZE; i++) data[i] = (uint8_t)next_random(&state);
  for (int round = 0; round < ROUNDS; round++)
    crc = by_eights(by_bytes(crc, data, SIZE), data, SIZE);
  return fold(0, ~crc);
}
