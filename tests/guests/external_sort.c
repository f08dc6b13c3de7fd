// Sorts a file that is larger than the room it allows itself: sorted runs go to files of their
// own, then all runs are merged at once. The result is checked for order and for its sum.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOTAL = 1500000, ROOM = 100000, MAX_RUNS = 64 };

static uint32_t room[ROOM];

static void die(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

static FILE *open_at(const char *base, const char *name, const char *mode) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", base, name);
  FILE *file = fopen(path, mode);
  if (!file) die(path);
  return file;
}

static int by_value(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static uint64_t make_input(const char *base) {
  FILE *file = open_at(base, "input.bin", "wb");
  uint32_t state = 2463534242u;
  uint64_t sum = 0;
  for (int i = 0; i < TOTAL; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    sum += state;
    if (fwrite(&state, sizeof state, 1, file) != 1) die("fwrite");
  }
  if (fclose(file)) die("fclose");
  return sum;
}

static int make_runs(const char *base) {
  FILE *input = open_at(base, "input.bin", "rb");
  int runs = 0;
  for (size_t got; (got = fread(room, sizeof *room, ROOM, input)) > 0; runs++) {
    char name[32];
    qsort(room, got, sizeof *room, by_value);
    snprintf(name, sizeof name, "run-%02d.bin", runs);
    FILE *run = open_at(base, name, "wb");
    if (fwrite(room, sizeof *room, got, run) != got) die("fwrite");
    if (fclose(run)) die("fclose");
  }
  fclose(input);
  return runs;
}

struct head {
  uint32_t value;
  FILE *run;
};

static void sift(struct head *heap, int count, int at) {
  for (;;) {
    int least = at, left = 2 * at + 1, right = left + 1;
    if (left < count && heap[left].value < heap[least].value) least = left;
    if (right < count && heap[right].value < heap[least].value) least = right;
    if (least == at) return;
    struct head held = heap[at];
    heap[at] = heap[least];
    heap[least] = held;
    at = least;
  }
}

static void merge(const char *base, int runs) {
  struct head heap[MAX_RUNS];
  int count = 0;
  for (int i = 0; i < runs; i++) {
    char name[32];
    snprintf(name, sizeof name, "run-%02d.bin", i);
    heap[count].run = open_at(base, name, "rb");
    if (fread(&heap[count].value, 4, 1, heap[count].run) == 1) count++;
  }
  for (int i = count / 2; i >= 0; i--) sift(heap, count, i);
  FILE *output = open_at(base, "output.bin", "wb");
  while (count > 0) {
    if (fwrite(&heap[0].value, 4, 1, output) != 1) die("fwrite");
    if (fread(&heap[0].value, 4, 1, heap[0].run) != 1) {
      fclose(heap[0].run);
      heap[0] = heap[--count];
    }
    sift(heap, count, 0);
  }
  if (fclose(output)) die("fclose");
}

int main(int argc, char **argv) {
  const char *base = argc > 1 ? argv[1] : "/data";
  uint64_t before = make_input(base);
  int runs = make_runs(base);
  merge(base, runs);
  FILE *output = open_at(base, "output.bin", "rb");
  fseek(output, 0, SEEK_END);
  printf("runs %d, output %ld bytes\n", runs, ftell(output));
  rewind(output);
  uint64_t after = 0;
  uint32_t last = 0, value, first = 0;
  unsigned count = 0, out_of_order = 0;
  while (fread(&value, 4, 1, output) == 1) {
    if (count++ == 0) first = value;
    out_of_order += value < last;
    last = value;
    after += value;
  }
  fclose(output);
  printf("count %u, out of order %u, sum %s\n", count, out_of_order,
         before == after ? "kept" : "changed");
  printf("least %u, greatest %u\n", first, last);
  return 0;
}
