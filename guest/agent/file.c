/* Reads the kernel's text files byte by byte, one at a time, through one buffer. */
#include "agent.h"

#include <fcntl.h>
#include <unistd.h>

static int fd = -1;
static char buffer[4096];
static ssize_t at, end;
/* One byte to give again, or -1. */
static int returned;

bool file_open(int folder, const char *path) {
  file_close();
  fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
  at = end = 0;
  returned = -1;
  return fd >= 0;
}

void file_close(void) {
  if (fd >= 0) close(fd);
  fd = -1;
}

int file_byte(void) {
  if (returned >= 0) {
    int byte = returned;
    returned = -1;
    return byte;
  }
  if (at == end) {
    end = fd < 0 ? 0 : read(fd, buffer, sizeof buffer);
    at = 0;
    /* A process may end while its files are read. */
    if (end <= 0) return end = 0, -1;
  }
  return (unsigned char)buffer[at++];
}

bool file_skip(int until) {
  for (int byte; (byte = file_byte()) >= 0;)
    if (byte == until) return true;
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
  returned = byte;
  return any;
}
