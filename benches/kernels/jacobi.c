// A five-point stencil in f32, back and forth between two grids.
#include "kernel.h"

enum { W = 1024, H = 768, STEPS = 1000 };
static float grids[2][H][W];

static uint64_t kernel(void) {
  for (int x = 0; x < W; x++) grids[0][0][x] = grids[1][0][x] = 100.0f;
  for (int y = 0; y < H; y++) grids[0][y][0] = grids[1][y][0] = (float)(y % 64);
  for (int step = 0; step < STEPS; step++) {
    float (*from)[W] = grids[step & 1], (*to)[W] = grids[~step & 1];
    for (int y = 1; y + 1 < H; y++)
      for (int x = 1; x + 1 < W; x++)
        to[y][x] = 0.25f * (from[y - 1][x] + from[y + 1][x] + from[y][x - 1] + from[y][x + 1]);
  }
  uint64_t sum = 0;
  for (int y = 0; y < H; y += 16)
    for (int x = 0; x < W; x += 16) sum = fold(sum, (uint64_t)(grids[0][y][x] * 256.0f));
  return sum;
}
