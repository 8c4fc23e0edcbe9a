/* The mounts a process sees, and the machine's memory. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* One field of mountinfo, which writes white space as \ooo. Returns the byte after it. */
static int put_word(const char *field) {
  put_field(field);
  text_begin();
  int byte;
  while ((byte = file_byte()) >= 0 && byte != ' ' && byte != '\n') {
    if (byte == '\\') {
      byte = 0;
      for (int digit = 0; digit < 3; digit++) byte = byte * 8 + (file_byte() - '0');
    }
    text_byte(byte);
  }
  text_end();
  return byte;
}

static bool put_id(const char *field) {
  uint64_t number;
  if (!file_number(&number)) return false;
  number_field(field, number);
  return true;
}

/* Propagation: `shared:1 master:2`, ended by a lone `-`. */
static void put_propagation(void) {
  char word[40];
  put_field("propagation");
  put_open('[');
  while (file_word(word, sizeof word, ' ') == ' ' && strcmp(word, "-") != 0) put_text(word);
  put_close(']');
}

/* man 5 proc_pid_mountinfo: 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw */
static void put_mount(uint64_t id) {
  record_begin("mount");
  number_field("id", id);
  put_id("parent");
  file_byte();
  put_word("device");
  put_word("root");
  put_word("target");
  put_word("options");
  put_propagation();
  put_word("type");
  put_word("source");
  put_word("superOptions");
  record_end();
}

bool list_mounts(pid_t pid) {
  char path[40];
  uint64_t id;
  snprintf(path, sizeof path, "/proc/%d/mountinfo", pid);
  bool found = file_open(AT_FDCWD, path);
  if (found)
    while (file_number(&id)) put_mount(id);
  else
    answer_error("no-process", strerror(errno));
  file_close();
  return found;
}

void read_memory(void) {
  char name[40];
  uint64_t number;
  record_begin("memory");
  file_open(AT_FDCWD, "/proc/meminfo");
  while (file_word(name, sizeof name, ':') == ':' && file_number(&number)) {
    /* `MemTotal:  118052 kB`, but counts of huge pages have no unit. */
    bool kilobytes = file_byte() == ' ';
    number_field(name, kilobytes ? number * 1024 : number);
    if (kilobytes) file_skip('\n');
  }
  record_end();
  file_close();
}
