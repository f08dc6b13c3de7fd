// Bodies under gravity, a leapfrog step at a time: f64 with square roots and divisions.
#include "kernel.h"

enum { BODIES = 6, STEPS = 7000000 };
struct body { double x[3], v[3], mass; };

static void step(struct body *all, double dt) {
  for (int i = 0; i < BODIES; i++)
    for (int j = i + 1; j < BODIES; j++) {
      double d[3], square = 0.01;
      for (int k = 0; k < 3; k++) {
        d[k] = all[i].x[k] - all[j].x[k];
        square += d[k] * d[k];
      }
      double pull = dt / (square * sqrt(square));
      for (int k = 0; k < 3; k++) {
        all[i].v[k] -= d[k] * all[j].mass * pull;
        all[j].v[k] += d[k] * all[i].mass * pull;
      }
    }
  for (int i = 0; i < BODIES; i++)
    for (int k = 0; k < 3; k++) all[i].x[k] += dt * all[i].v[k];
}

static uint64_t kernel(void) {
  struct body all[BODIES];
  uint32_t state = 7;
  for (int i = 0; i < BODIES; i++) {
    for (int k = 0; k < 3; k++) {
      all[i].x[k] = (int)(next_random(&state) % 2000) / 100.0 - 10.0;
      all[i].v[k] = (int)(next_random(&state) % 200) / 1000.0 - 0.1;
    }
    all[i].mass = i == 0 ? 20.0 : 0.01;
  }
  for (int i = 0; i < STEPS; i++) step(all, 0.0001);
  uint64_t sum = 0;
  for (int i = 0; i < BODIES; i++)
    for (int k = 0; k < 3; k++) sum = fold(sum, rounded(all[i].x[k]) >> 8);
  return sum;
}
