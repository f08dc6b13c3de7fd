// Throws one exception in 1,000 calls, from a few frames down, and catches it by its type.
//
// The runtime below C++ is compiled with it: libc++abi and libunwind as they come with the compiler,
// see `xtask/src/bench/wasm3.rs`.

#include <cstdint>
#include <cstdio>
#include <time.h>

// The tag of C++ exceptions, which nothing else defines.
asm(".globl __cpp_exception\n"
    ".tagtype __cpp_exception i32\n"
    "__cpp_exception:\n");

namespace {

struct Odd {
    uint32_t value;
};

struct Even {
    uint32_t value;
};

// A destructor that has to run while the exception passes.
struct Guard {
    uint32_t &count;
    ~Guard() { count++; }
};

uint32_t cleanups;

[[gnu::noinline]] uint32_t leaf(uint32_t n) {
    if (n % 1000 == 0) {
        if (n % 2000 == 0) {
            throw Even{n};
        }
        throw Odd{n};
    }
    return n ^ (n >> 3);
}

[[gnu::noinline]] uint32_t middle(uint32_t n) {
    Guard guard{cleanups};
    return leaf(n) + 1;
}

[[gnu::noinline]] uint32_t outer(uint32_t n) {
    try {
        return middle(n);
    } catch (const Odd &odd) {
        return odd.value * 7;
    }
}

uint64_t nanoseconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return uint64_t(now.tv_sec) * 1000000000 + uint64_t(now.tv_nsec);
}

}  // namespace

int main() {
    uint64_t start = nanoseconds();
    uint64_t sum = 0;
    // The even thousands are caught here.
    for (uint32_t n = 1; n <= 20000000; n++) {
        try {
            sum = sum * 31 + outer(n);
        } catch (const Even &even) {
            sum += even.value;
        }
    }
    uint64_t took = nanoseconds() - start;
    printf("%llu %u\n", (unsigned long long)sum, cleanups);
    fprintf(stderr, "ns %llu\n", (unsigned long long)took);
    return 0;
}
