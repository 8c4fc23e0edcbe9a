/* app-new [seconds]: prints what it was linked with, and stays that long to be looked at. */
#include <gnu/libc-version.h>
#include <greeting.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  const struct greeting greeting = {.name = "new world", .language = "zh"};
  char text[64];
  greeting_write(text, sizeof text, &greeting);
  printf("app-new: %s (libgreeting %s, glibc %s)\n", text, greeting_version(),
         gnu_get_libc_version());
  fflush(stdout);
  if (argc > 1) sleep(atoi(argv[1]));
}
