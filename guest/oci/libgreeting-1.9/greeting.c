#include "greeting.h"

#include <stdio.h>
#include <string.h>

const char *greeting_version(void) {
  return "1.9";
}

int greeting_write(char *text, size_t size, const struct greeting *greeting) {
  const char *format = strcmp(greeting->language, "zh") == 0 ? "你好，%s" : "Hello, %s";
  return snprintf(text, size, format, greeting->name);
}
