/* Every process: who it is, in which namespaces and control group. */
#include "agent.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A program's name has 15 bytes, a kernel thread's up to 63. */
#define NAME_SIZE 64
/* PID namespaces nest 32 deep at most. */
#define DEEPEST 33

const struct namespace_type namespace_types[NAMESPACES] = {
    {"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC},   {"mnt", CLONE_NEWNS},
    {"net", CLONE_NEWNET},       {"pid", CLONE_NEWPID},   {"time", 0x80 /* CLONE_NEWTIME */},
    {"user", CLONE_NEWUSER},     {"uts", CLONE_NEWUTS},
};

struct status {
  char name[NAME_SIZE];
  char state[2];
  uint64_t parent;
  size_t levels;
  uint64_t pids[DEEPEST];
};

/* The rest of the line; the kernel writes a line end as \n, and a backslash as two. */
static void read_name(char *name, size_t size) {
  size_t length = 0;
  file_byte();
  for (int byte; (byte = file_byte()) >= 0 && byte != '\n';) {
    if (byte == '\\' && (byte = file_byte()) == 'n') byte = '\n';
    if (length + 1 < size) name[length++] = byte;
  }
  name[length] = 0;
}

static bool read_status(int folder, struct status *status) {
  char key[16];
  *status = (struct status){.levels = 0};
  if (!file_open(folder, "status")) return false;
  while (status->levels == 0) {
    if (file_word(key, sizeof key, ':') != ':') return false;
    if (strcmp(key, "Name") == 0) {
      read_name(status->name, sizeof status->name);
      continue;
    }
    if (strcmp(key, "State") == 0) {
      file_byte();
      file_word(status->state, sizeof status->state, ' ');
    } else if (strcmp(key, "PPid") == 0) {
      file_number(&status->parent);
    } else if (strcmp(key, "NSpid") == 0) {
      while (status->levels < DEEPEST && file_number(&status->pids[status->levels]))
        status->levels++;
      return status->levels > 0;
    }
    if (!file_skip('\n')) return false;
  }
  return true;
}

/* The number in a link to `pid:[4026531836]`. A zombie has left most of its namespaces: null. */
static void put_namespace(int links, const char *name) {
  char target[40];
  put_field(name);
  ssize_t length = readlinkat(links, name, target, sizeof target - 1);
  if (length < 0) return put_null();
  target[length] = 0;
  const char *number = strchr(target, '[');
  put_number(number ? strtoul(number + 1, NULL, 10) : 0);
}

/* The path after `0::`, the unified hierarchy. */
static void put_cgroup(int folder) {
  put_field("cgroup");
  text_begin();
  if (file_open(folder, "cgroup") && file_skip(':') && file_skip(':'))
    for (int byte; (byte = file_byte()) >= 0 && byte != '\n';) text_byte(byte);
  text_end();
}

static void put_process(int folder) {
  struct status status;
  if (!read_status(folder, &status)) return;
  record_begin("process");
  number_field("pid", status.pids[0]);
  number_field("ppid", status.parent);
  text_field("comm", status.name);
  text_field("state", status.state);
  put_field("nspid");
  put_open('[');
  for (size_t level = 0; level < status.levels; level++) put_number(status.pids[level]);
  put_close(']');
  put_cgroup(folder);
  int links = openat(folder, "ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
  put_field("namespaces");
  put_open('{');
  for (size_t type = 0; type < NAMESPACES; type++) put_namespace(links, namespace_types[type].name);
  put_close('}');
  if (links >= 0) close(links);
  record_end();
}

void list_processes(void) {
  static char buffer[2048] __attribute__((aligned(8)));
  int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int length; (length = getdents(proc, (struct dirent *)buffer, sizeof buffer)) > 0;)
    for (int at = 0; at < length;) {
      struct dirent *entry = (struct dirent *)(buffer + at);
      at += entry->d_reclen;
      if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
      int folder = openat(proc, entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
      if (folder < 0) continue;
      put_process(folder);
      close(folder);
    }
  if (proc >= 0) close(proc);
  file_close();
}
