/* Reads the kernel's text files byte by byte, one at a time, through one buffer. */
#include "agent.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int fd = -1;
static char buffer[4096];
static ssize_t at, end;

bool file_open(int folder, const char *path) {
  file_close();
  fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
  at = end = 0;
  return fd >= 0;
}

void file_close(void) {
  if (fd >= 0) close(fd);
  fd = -1;
}

/* Whether there is a byte to read. A process may end while its files are read. */
static bool fill(void) {
  if (at < end) return true;
  at = 0;
  end = fd < 0 ? 0 : read(fd, buffer, sizeof buffer);
  if (end < 0) end = 0;
  return end > 0;
}

int file_byte(void) { return fill() ? (unsigned char)buffer[at++] : -1; }

bool file_skip(int until) {
  while (fill()) {
    const char *found = memchr(buffer + at, until, end - at);
    at = found ? found + 1 - buffer : end;
    if (found) return true;
  }
  return false;
}

int file_word(char *word, size_t size, int until) {
  size_t length = 0;
  int byte;
  while ((byte = file_byte()) >= 0 && byte != until && byte != ' ' && byte != '\t' && byte != '\n')
    if (length + 1 < size) word[length++] = byte;
  word[length] = 0;
  return byte;
}

bool file_number(uint64_t *number) {
  int byte = file_byte();
  while (byte == ' ' || byte == '\t') byte = file_byte();
  bool any = false;
  for (*number = 0; byte >= '0' && byte <= '9'; byte = file_byte()) {
    *number = *number * 10 + (byte - '0');
    any = true;
  }
  /* What ended the number is still to be read. */
  if (byte >= 0) at--;
  return any;
}
