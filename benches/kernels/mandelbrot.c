// The Mandelbrot set in f64: short loops whose length no predictor knows.
#include "kernel.h"

enum { WIDTH = 800, HEIGHT = 600, LIMIT = 2200 };

static uint64_t kernel(void) {
  uint64_t sum = 0;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      double cr = x * 3.0 / WIDTH - 2.2, ci = y * 2.4 / HEIGHT - 1.2, zr = 0, zi = 0;
      int n = 0;
      for (; n < LIMIT; n++) {
        double rr = zr * zr, ii = zi * zi;
        if (rr + ii > 4.0) break;
        zi = 2 * zr * zi + ci;
        zr = rr - ii + cr;
      }
      sum = fold(sum, (uint64_t)n);
    }
  return sum;
}
