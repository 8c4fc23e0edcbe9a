/* app-old [seconds]: prints what it was linked with, and stays that long to be looked at. */
#include <gnu/libc-version.h>
#include <greeting.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  printf("app-old: %s (libgreeting %s, glibc %s)\n", greeting_text("old world"),
         greeting_version(), gnu_get_libc_version());
  fflush(stdout);
  if (argc > 1) sleep(atoi(argv[1]));
}
