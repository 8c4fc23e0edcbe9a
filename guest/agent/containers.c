/*
 * Containers for counting: each is one process that clone3 puts into new namespaces. It has an
 * address space, a process id and namespaces of its own and does nothing; it has no image, no
 * control group, no limits, and sees the agent's root.
 */
#include "agent.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 4096
/* Look at free memory once in so many, and stop while this much is left for everything else. */
#define CHECK_EVERY 16
#define KEEP_FREE (8u << 20)
/* The kernel's own limit: by default half as many as threads, about 900 in 128 MiB. */
#define LIMIT_FILE "/proc/sys/user/max_%s_namespaces"

/*
 * In memory that fork leaves out. A page that the agent writes between two containers stays with
 * the first as a copy, so in the loop over them only this and the stack are written.
 */
static struct {
  size_t running;
  struct {
    pid_t pid;
    uint64_t began_ns;
  } list[MOST];
} *containers;

/* struct clone_args of the kernel's linux/sched.h, first version. */
struct clone_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

/* What runs in a container. It ends with the agent, and holds none of the agent's files. */
static void contain(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "container");
  syscall(SYS_close_range, 0, ~0u, 0);
  for (;;) pause();
}

static pid_t start(uint64_t flags) {
  struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
  pid_t pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) contain();
  return pid;
}

/* Lets as many namespaces be as containers can be; once, so that a reader's own limit then holds. */
static void raise_limits(unsigned set) {
  static unsigned raised;
  for (size_t type = 0; type < NAMESPACES; type++) {
    char path[sizeof LIMIT_FILE + 8];
    if (!((set & ~raised) >> type & 1)) continue;
    raised |= 1u << type;
    snprintf(path, sizeof path, LIMIT_FILE, namespace_types[type].name);
    write_number(path, MOST);
  }
}

static bool memory_is_short(void) {
  struct sysinfo info;
  return sysinfo(&info) == 0 && (uint64_t)info.freeram * info.mem_unit < KEEP_FREE;
}

static int start_one(uint64_t flags, bool check) {
  if (containers->running == MOST) return EAGAIN;
  if (check && memory_is_short()) return ENOMEM;
  uint64_t began = now_ns();
  pid_t pid = start(flags);
  if (pid < 0) return errno;
  containers->list[containers->running].pid = pid;
  containers->list[containers->running].began_ns = began;
  containers->running++;
  return 0;
}

static bool make_list(void) {
  if (containers) return true;
  void *list = mmap(NULL, sizeof *containers, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (list == MAP_FAILED) return false;
  madvise(list, sizeof *containers, MADV_DONTFORK);
  containers = list;
  return true;
}

static void put_containers(size_t first) {
  for (size_t i = first; i < containers->running; i++) {
    record_begin("container");
    number_field("pid", containers->list[i].pid);
    number_field("beganNs", containers->list[i].began_ns);
    record_end();
  }
}

static void put_failure(int reason) {
  record_begin("failure");
  number_field("errno", reason);
  text_field("detail", strerror(reason));
  record_end();
}

void spawn_containers(const struct request *request) {
  uint64_t flags = 0;
  for (size_t type = 0; type < NAMESPACES; type++)
    if (request->namespaces >> type & 1) flags |= namespace_types[type].clone_flag;
  raise_limits(request->namespaces);
  int ends[2], reason = 0;
  if (!make_list() || pipe(ends) < 0) {
    put_failure(errno);
    return answer_done();
  }
  size_t first = containers->running;
  for (int32_t i = 0; i < request->count && reason == 0; i++)
    reason = start_one(flags, i % CHECK_EVERY == 0);
  /* Containers close all they were born with, so the pipe ends when the last one is up. */
  char byte;
  close(ends[1]);
  while (read(ends[0], &byte, 1) < 0 && errno == EINTR) continue;
  close(ends[0]);
  put_containers(first);
  if (reason) put_failure(reason);
  answer_done();
}

void reap_containers(void) {
  pid_t pid;
  while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
    for (size_t i = 0; i < containers->running; i++)
      if (containers->list[i].pid == pid) {
        containers->list[i] = containers->list[--containers->running];
        break;
      }
}

/* Answers when the last one is gone. */
void kill_containers(void) {
  size_t running = containers ? containers->running : 0;
  for (size_t i = 0; i < running; i++) kill(containers->list[i].pid, SIGKILL);
  record_begin("killed");
  number_field("count", running);
  record_end();
  while (waitpid(-1, NULL, 0) > 0) continue;
  if (containers) containers->running = 0;
  answer_done();
}
