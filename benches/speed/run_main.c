// Times the whole of a program's `main`, which the compiler's command line has renamed.
#include "timed.h"

#undef main

int renamed_main(int argc, char **argv);

int main(int argc, char **argv) {
  timed_begin();
  int code = renamed_main(argc, argv);
  timed_end();
  return code;
}
