// Prints its arguments and its environment, sorted, and ends with the exit code that the last
// argument asks for as `exit=N`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv) {
  printf("argc %d\n", argc);
  for (int i = 1; i < argc; i++) printf("argv[%d] = \"%s\" (%zu)\n", i, argv[i], strlen(argv[i]));
  size_t count = 0;
  while (environ && environ[count]) count++;
  if (count) qsort(environ, count, sizeof *environ, by_text);
  for (size_t i = 0; i < count; i++) printf("env %s\n", environ[i]);
  const char *want = argc > 1 ? strstr(argv[argc - 1], "exit=") : NULL;
  fprintf(stderr, "leaving\n");
  return want ? atoi(want + 5) : 0;
}
