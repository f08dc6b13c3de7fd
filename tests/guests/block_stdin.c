// Says that it is ready, then waits for a line. With an open and silent input it waits for ever:
// a stop has to arrive inside a blocking host call.
#include <stdio.h>
#include <string.h>

int main(void) {
  char line[256];
  puts("ready");
  fflush(stdout);
  unsigned count = 0;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    printf("line %u: %s\n", ++count, line);
    fflush(stdout);
  }
  printf("end after %u\n", count);
  return 0;
}
