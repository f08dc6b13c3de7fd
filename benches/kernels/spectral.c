// The spectral norm of an endless matrix cut off: divisions in f64, computed on the fly.
#include "kernel.h"

enum { N = 1200, ROUNDS = 80 };

static double entry(int i, int j) {
  return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static void times(const double *v, double *out, int transposed) {
  for (int i = 0; i < N; i++) {
    double sum = 0;
    for (int j = 0; j < N; j++) sum += (transposed ? entry(j, i) : entry(i, j)) * v[j];
    out[i] = sum;
  }
}

static uint64_t kernel(void) {
  static double u[N], v[N], between[N];
  for (int i = 0; i < N; i++) u[i] = 1;
  for (int round = 0; round < ROUNDS; round++) {
    times(u, between, 0);
    times(between, v, 1);
    times(v, between, 0);
    times(between, u, 1);
  }
  double uv = 0, vv = 0;
  for (int i = 0; i < N; i++) {
    uv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  return fold(0, rounded(sqrt(uv / vv)));
}
