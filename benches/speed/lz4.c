// LZ4 over a text of our own: compress|decompress.
#include "packing.h"

#include "lz4.h"

enum { COMPRESSIONS = 20, DECOMPRESSIONS = 80 };

static size_t bound(size_t size) { return (size_t)LZ4_compressBound((int)size); }

static size_t pack(void *into, size_t room, const void *from, size_t size) {
  return (size_t)LZ4_compress_default(from, into, (int)size, (int)room);
}

static size_t unpack(void *into, size_t room, const void *from, size_t size) {
  int made = LZ4_decompress_safe(from, into, (int)size, (int)room);
  return made < 0 ? 0 : (size_t)made;
}

int main(int argc, char **argv) {
  return packing_main(argc, argv, COMPRESSIONS, DECOMPRESSIONS);
}
