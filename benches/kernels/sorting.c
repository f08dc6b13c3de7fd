// A quicksort and a heapsort of the same numbers, written out: compares, swaps, hard branches.
#include "kernel.h"

enum { COUNT = 1600000 };
static uint32_t numbers[COUNT], copy[COUNT];

static void swap(uint32_t *a, uint32_t *b) {
  uint32_t held = *a;
  *a = *b;
  *b = held;
}

static void quick(uint32_t *a, int low, int high) {
  while (high - low > 16) {
    int mid = low + (high - low) / 2, i = low, j = high;
    if (a[mid] < a[low]) swap(&a[mid], &a[low]);
    if (a[high] < a[low]) swap(&a[high], &a[low]);
    if (a[high] < a[mid]) swap(&a[high], &a[mid]);
    uint32_t pivot = a[mid];
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) swap(&a[i++], &a[j--]);
    }
    if (j - low < high - i) {
      quick(a, low, j);
      low = i;
    } else {
      quick(a, i, high);
      high = j;
    }
  }
  for (int i = low + 1; i <= high; i++) {
    uint32_t held = a[i];
    int j = i;
    for (; j > low && a[j - 1] > held; j--) a[j] = a[j - 1];
    a[j] = held;
  }
}

static void sift(uint32_t *a, int at, int count) {
  for (int child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && a[child + 1] > a[child]) child++;
    if (a[at] >= a[child]) return;
    swap(&a[at], &a[child]);
  }
}

static void heap(uint32_t *a, int count) {
  for (int i = count / 2; i-- > 0;) sift(a, i, count);
  for (int i = count; i-- > 1;) {
    swap(&a[0], &a[i]);
    sift(a, 0, i);
  }
}

static uint64_t kernel(void) {
  uint32_t state = 11;
  uint64_t sum = 0;
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < COUNT; i++) copy[i] = numbers[i] = next_random(&state);
    quick(numbers, 0, COUNT - 1);
    heap(copy, COUNT);
    for (int i = 0; i < COUNT; i += 1000) sum = fold(sum, numbers[i] - copy[i] + numbers[i]);
  }
  return sum;
}
