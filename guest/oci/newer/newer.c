/* newer: makes a system call that Linux has had since 5.11, and says what came of it. */
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same number on every processor: include/uapi/asm-generic/unistd.h of Linux. */
#define EPOLL_PWAIT2 441

int main(void) {
  const int64_t no_time[2] = {0, 0};
  struct epoll_event event;
  long count = syscall(EPOLL_PWAIT2, epoll_create1(0), &event, 1, no_time, NULL, 0);
  if (count < 0) {
    perror("newer: epoll_pwait2");
    return 1;
  }
  puts("newer: epoll_pwait2 works");
}
