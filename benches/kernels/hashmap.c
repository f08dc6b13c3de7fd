// An open-addressing hash map with deletions: loads that miss the cache, short probes.
#include "kernel.h"

enum { SLOTS = 1 << 20, OPS = 12000000 };
struct slot { uint32_t key, value; };
static struct slot slots[SLOTS];

static uint32_t place(uint32_t key) {
  key ^= key >> 16;
  key *= 0x7feb352du;
  key ^= key >> 15;
  key *= 0x846ca68bu;
  return (key ^ key >> 16) & (SLOTS - 1);
}

static struct slot *find(uint32_t key) {
  uint32_t at = place(key);
  while (slots[at].key && slots[at].key != key) at = (at + 1) & (SLOTS - 1);
  return &slots[at];
}

// Deletion by moving later entries of the same run back: no tombstones.
static void erase(struct slot *gone) {
  uint32_t hole = (uint32_t)(gone - slots), at = hole;
  for (;;) {
    at = (at + 1) & (SLOTS - 1);
    if (!slots[at].key) break;
    uint32_t home = place(slots[at].key);
    if (((at - home) & (SLOTS - 1)) >= ((at - hole) & (SLOTS - 1))) {
      slots[hole] = slots[at];
      hole = at;
    }
  }
  slots[hole].key = 0;
}

static uint64_t kernel(void) {
  uint32_t state = 77, live = 0;
  uint64_t sum = 0;
  for (int i = 0; i < OPS; i++) {
    uint32_t random = next_random(&state), key = random % 700000 + 1;
    struct slot *slot = find(key);
    if (!slot->key) {
      slot->key = key;
      slot->value = 1;
      live++;
    } else if (random >> 30 == 0) {
      sum += slot->value;
      erase(slot);
      live--;
    } else {
      slot->value++;
    }
  }
  return fold(fold(0, sum), live);
}
