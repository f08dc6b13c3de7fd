// The smallest C program: one line through stdio. Cached start and memory are measured with it.
#include <stdio.h>

int main(void) {
  puts("Hello from a guest.");
  return 0;
}
