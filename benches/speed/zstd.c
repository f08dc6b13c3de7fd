// zstd over a text of our own: compress|decompress.
#include "packing.h"

#include "zstd.h"

enum { LEVEL = 3, COMPRESSIONS = 6, DECOMPRESSIONS = 30 };

static size_t bound(size_t size) { return ZSTD_compressBound(size); }

static size_t pack(void *into, size_t room, const void *from, size_t size) {
  size_t made = ZSTD_compress(into, room, from, size, LEVEL);
  return ZSTD_isError(made) ? 0 : made;
}

static size_t unpack(void *into, size_t room, const void *from, size_t size) {
  size_t made = ZSTD_decompress(into, room, from, size);
  return ZSTD_isError(made) ? 0 : made;
}

int main(int argc, char **argv) {
  return packing_main(argc, argv, COMPRESSIONS, DECOMPRESSIONS);
}
