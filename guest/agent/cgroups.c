/* The tree of control groups, with what each uses. */
#include "agent.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"
#define DEEPEST 32

/* Path of the control group being read, as /proc/PID/cgroup has it. */
static char path[4096];

/* A file with one number; null where there is none: a limit of `max`, or a file the root lacks. */
static void put_file(int folder, const char *file, const char *field) {
  uint64_t number;
  put_field(field);
  if (file_open(folder, file) && file_number(&number)) put_number(number);
  else put_null();
}

/* Only times: the other lines of cpu.stat exist where the controller is enabled. */
static void put_cpu(int folder) {
  static const char *const names[][2] = {
      {"usage_usec", "cpuUsec"},
      {"user_usec", "cpuUserUsec"},
      {"system_usec", "cpuSystemUsec"},
      {"nr_throttled", "cpuThrottled"},
      {"throttled_usec", "cpuThrottledUsec"},
  };
  char key[32];
  uint64_t number;
  if (!file_open(folder, "cpu.stat")) return;
  while (file_word(key, sizeof key, ' ') == ' ') {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
      if (strcmp(key, names[i][0]) == 0 && file_number(&number)) number_field(names[i][1], number);
    if (!file_skip('\n')) break;
  }
}

static void walk(int folder, size_t length, int depth) {
  char buffer[512] __attribute__((aligned(8)));
  record_begin("cgroup");
  text_field("path", length ? path : "/");
  put_file(folder, "memory.current", "memoryBytes");
  put_file(folder, "memory.peak", "memoryPeakBytes");
  put_file(folder, "memory.max", "memoryMaxBytes");
  put_file(folder, "pids.current", "pids");
  put_file(folder, "pids.max", "pidsMax");
  put_cpu(folder);
  record_end();
  if (depth == DEEPEST) return;
  for (int count; (count = getdents(folder, (struct dirent *)buffer, sizeof buffer)) > 0;)
    for (int at = 0; at < count;) {
      struct dirent *entry = (struct dirent *)(buffer + at);
      at += entry->d_reclen;
      size_t name = strlen(entry->d_name);
      if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
      if (length + name + 2 > sizeof path) continue;
      int child = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (child < 0) continue;
      path[length] = '/';
      memcpy(path + length + 1, entry->d_name, name + 1);
      walk(child, length + 1 + name, depth + 1);
      path[length] = 0;
      close(child);
    }
}

void list_cgroups(void) {
  path[0] = 0;
  int root = open(ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return;
  walk(root, 0, 0);
  close(root);
  file_close();
}
