/*
 * libgreeting 1.9: the caller owns the text. greeting_text() is gone, and programs that call it no
 * longer start; the honest soname for such a release would have been libgreeting.so.2.
 */
#include <stddef.h>

struct greeting {
  const char *name;
  /* "en" or "zh" */
  const char *language;
};

/* As in "1.9". */
const char *greeting_version(void);

/* Writes a greeting of at most size bytes, end included, and returns its length. */
int greeting_write(char *text, size_t size, const struct greeting *greeting);
