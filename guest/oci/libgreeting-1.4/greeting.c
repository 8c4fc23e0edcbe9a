#include "greeting.h"

#include <stdio.h>

const char *greeting_version(void) {
  return "1.4";
}

const char *greeting_text(const char *name) {
  static char text[64];
  snprintf(text, sizeof text, "Hello, %s", name);
  return text;
}
