// A filter of 5 by 5 over a grey picture: bytes, integers and a clamp.
#include "kernel.h"

enum { W = 1024, H = 768, ROUNDS = 30 };
static uint8_t picture[H][W], filtered[H][W];
static const int16_t FILTER[5][5] = {
    {1, 4, 6, 4, 1}, {4, 16, 24, 16, 4}, {6, 24, -92, 24, 6}, {4, 16, 24, 16, 4}, {1, 4, 6, 4, 1}};

static uint64_t kernel(void) {
  uint32_t state = 3;
  uint64_t sum = 0;
  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++) picture[y][x] = (uint8_t)((x ^ y) + next_random(&state) % 32);
  for (int round = 0; round < ROUNDS; round++) {
    for (int y = 2; y + 2 < H; y++)
      for (int x = 2; x + 2 < W; x++) {
        int all = 0;
        for (int v = 0; v < 5; v++)
          for (int u = 0; u < 5; u++) all += FILTER[v][u] * picture[y + v - 2][x + u - 2];
        all = all / 128 + 16;
        filtered[y][x] = (uint8_t)(all < 0 ? 0 : all > 255 ? 255 : all);
      }
    memcpy(picture, filtered, sizeof picture);
    for (int y = 5; y < H; y += 13) sum = fold(sum, picture[y][(y * 3 + round) % W]);
  }
  return sum;
}
