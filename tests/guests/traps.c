// Traps in the way its argument asks for, three calls deep, with line numbers in the module, so
// that a backtrace has names and lines to show.
//
// It stands without a libc, whose line tables would be most of the module: `_start` is its own.
#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))

struct slice {
  const char *text;
  size_t length;
};

WASI(args_sizes_get) int wasi_args_sizes_get(size_t *count, size_t *bytes);
WASI(args_get) int wasi_args_get(char **argv, char *bytes);
WASI(fd_write) int wasi_fd_write(int fd, const struct slice *slices, size_t count, size_t *done);

static volatile int zero = 0;

__attribute__((noinline)) static int read_outside(uintptr_t address) {
  return *(volatile int *)address;
}

__attribute__((noinline)) static void write_outside(uintptr_t address) {
  *(volatile int *)address = 42;
}

__attribute__((noinline)) static int divide(int by) {
  return 1000 / by;
}

__attribute__((noinline)) static int divide_least(int by) {
  return INT_MIN / by;
}

__attribute__((noinline)) static int convert(double from) {
  int to;
  __asm__("local.get %1\n\ti32.trunc_f64_s\n\tlocal.set %0" : "=r"(to) : "r"(from));
  return to;
}

__attribute__((noinline)) static void give_up(void) {
  __builtin_trap();
}

static int wrong_type(int a, int b) {
  return a + b;
}

__attribute__((noinline)) static int call_wrong(void *target) {
  return ((int (*)(double))target)(1.0);
}

__attribute__((noinline)) static int call_beyond(uintptr_t index) {
  return ((int (*)(void))index)();
}

static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

__attribute__((noinline)) static int choose(const char *how) {
  if (same(how, "read")) return read_outside(0xfffffff0u + (unsigned)zero);
  if (same(how, "write")) write_outside(0x7ffffff0u + (unsigned)zero);
  if (same(how, "divide")) return divide(zero);
  if (same(how, "overflow")) return divide_least(zero - 1);
  if (same(how, "convert")) return convert(1e300 + zero);
  if (same(how, "unreachable")) give_up();
  if (same(how, "type")) return call_wrong((void *)(uintptr_t)(zero + (uintptr_t)wrong_type));
  if (same(how, "table")) return call_beyond(1000000u + (unsigned)zero);
  return 0;
}

static void say(const char *text) {
  struct slice slice = {text, 0};
  size_t done;
  while (text[slice.length]) slice.length++;
  wasi_fd_write(1, &slice, 1, &done);
}

__attribute__((noinline)) static void act(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "none";
  say("about to ");
  say(how);
  say("\n");
  say(choose(how) ? "something returned\n" : "nothing happened\n");
}

void _start(void) {
  static char *argv[16], bytes[512];
  size_t count, size;
  if (wasi_args_sizes_get(&count, &size) || count > 16 || size > sizeof bytes) __builtin_trap();
  if (wasi_args_get(argv, bytes)) __builtin_trap();
  act((int)count, argv);
}
