// C++ exceptions: by value and by reference, caught by base class, thrown again, thrown while another
// is handled, past frames with destructors, and one that the library throws.

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <vector>

// The tag of C++ exceptions, which nothing else defines.
asm(".globl __cpp_exception\n"
    ".tagtype __cpp_exception i32\n"
    "__cpp_exception:\n");

namespace {

struct Base {
    int value;
    explicit Base(int value) : value(value) {}
    virtual ~Base() = default;
    virtual const char *name() const { return "base"; }
};

struct Derived : Base {
    using Base::Base;
    const char *name() const override { return "derived"; }
};

// Says when it goes.
struct Noisy {
    const char *name;
    ~Noisy() { printf("~%s\n", name); }
};

[[gnu::noinline]] void thrower(int kind) {
    Noisy noisy{"thrower"};
    switch (kind) {
        case 0: return;
        case 1: throw kind;
        case 2: throw Base(20);
        case 3: throw Derived(30);
        case 4: throw std::runtime_error("four");
        default: throw "text";
    }
}

[[gnu::noinline]] int through(int kind) {
    Noisy noisy{"through"};
    thrower(kind);
    return kind;
}

[[gnu::noinline]] void again(int kind) {
    try {
        through(kind);
    } catch (const Base &base) {
        printf("again %s\n", base.name());
        throw;
    }
}

[[gnu::noinline]] const char *kind_of(int kind) {
    try {
        again(kind);
        return "nothing";
    } catch (int value) {
        return value == 1 ? "int" : "wrong int";
    } catch (const Derived &derived) {
        return derived.value == 30 ? derived.name() : "wrong derived";
    } catch (const Base &base) {
        return base.value == 20 ? base.name() : "wrong base";
    } catch (const std::exception &exception) {
        return exception.what()[0] == 'f' ? "std::exception" : "wrong exception";
    } catch (...) {
        return "something";
    }
}

// An exception that is thrown while another is handled.
[[gnu::noinline]] int nested(int depth) {
    try {
        if (depth == 0) {
            throw 1;
        }
        return nested(depth - 1) + 1;
    } catch (int value) {
        try {
            throw Derived(value);
        } catch (const Base &base) {
            if (depth < 5) {
                throw base.value + 1;
            }
            return base.value * 100;
        }
    }
}

}  // namespace

int main() {
    for (int kind = 0; kind < 6; kind++) {
        const char *what = kind_of(kind);
        printf("%d: %s\n", kind, what);
    }
    printf("nested: %d\n", nested(8));
    try {
        std::vector<int> few{1, 2, 3};
        printf("%d\n", few.at(few.size()));
    } catch (const std::out_of_range &) {
        printf("out of range\n");
    }
    long caught = 0;
    for (int n = 0; n < 100000; n++) {
        try {
            if (n % 3 == 0) {
                throw n;
            }
        } catch (int value) {
            caught += value;
        }
    }
    printf("caught %ld\n", caught);
    return 0;
}
