// Copies its input to its output with plain reads and writes, whatever their sizes turn out to be.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  static char buffer[8192];
  for (;;) {
    ssize_t got = read(0, buffer, sizeof buffer);
    if (got == 0) return 0;
    if (got < 0) {
      fprintf(stderr, "read: %s\n", strerror(errno));
      return 1;
    }
    for (ssize_t done = 0; done < got;) {
      ssize_t put = write(1, buffer + done, (size_t)(got - done));
      if (put < 0) {
        fprintf(stderr, "write: %s\n", strerror(errno));
        return 2;
      }
      done += put;
    }
  }
}
