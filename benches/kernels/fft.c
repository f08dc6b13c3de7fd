// A fast Fourier transform and its inverse in f64, in place, radix two.
#include "kernel.h"

enum { LOG = 17, N = 1 << LOG, ROUNDS = 56 };
static double re[N], im[N], cosine[N / 2], sine[N / 2];

static void transform(int inverse) {
  for (uint32_t i = 0, j = 0; i < N; i++) {
    if (i < j) {
      double r = re[i], m = im[i];
      re[i] = re[j], im[i] = im[j];
      re[j] = r, im[j] = m;
    }
    uint32_t bit = N >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
  }
  for (int size = 2; size <= N; size *= 2) {
    int half = size / 2, stride = N / size;
    for (int start = 0; start < N; start += size)
      for (int k = 0; k < half; k++) {
        double c = cosine[k * stride], s = inverse ? sine[k * stride] : -sine[k * stride];
        double r = re[start + k + half] * c - im[start + k + half] * s;
        double m = re[start + k + half] * s + im[start + k + half] * c;
        re[start + k + half] = re[start + k] - r;
        im[start + k + half] = im[start + k] - m;
        re[start + k] += r;
        im[start + k] += m;
      }
  }
}

static uint64_t kernel(void) {
  uint32_t state = 17;
  for (int i = 0; i < N / 2; i++) {
    cosine[i] = cos(2 * 3.14159265358979323846 * i / N);
    sine[i] = sin(2 * 3.14159265358979323846 * i / N);
  }
  for (int i = 0; i < N; i++) re[i] = (int)(next_random(&state) % 1000), im[i] = 0;
  for (int round = 0; round < ROUNDS; round++) {
    transform(0);
    transform(1);
    for (int i = 0; i < N; i++) re[i] /= N, im[i] /= N;
  }
  uint64_t sum = 0;
  for (int i = 0; i < N; i++) sum = fold(sum, (uint64_t)(re[i] + 0.5));
  return sum;
}
