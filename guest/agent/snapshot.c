/* Before a snapshot of the machine is taken, and after one has been restored. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define CHUNK (1024 * 1024)
/* Left to the kernel while the rest is filled: below this it would look for something to kill. */
#define SPARE_BYTES (4 * CHUNK)
/* drop_caches (Documentation/admin-guide/sysctl/vm.rst): page cache, and dentries and inodes. */
#define DROP_ALL 3
/* linux/random.h: credits bytes as random, and draws a new key from all there are. */
#define RNDADDENTROPY _IOW('R', 3, int[2])
#define RNDRESEEDCRNG _IO('R', 7)

static uint64_t free_bytes(void) {
  uint64_t kilobytes = 0;
  if (!file_open(AT_FDCWD, "/proc/meminfo")) return 0;
  char name[32];
  while (file_word(name, sizeof name, ':') == ':') {
    if (strcmp(name, "MemFree") == 0) {
      file_number(&kilobytes);
      break;
    }
    file_skip('\n');
  }
  file_close();
  return kilobytes * 1024;
}

/*
 * A page that this process gets is zero, and nobody writes to it: given back, it is a page of zeros,
 * which a snapshot leaves out. The answer is the agent's last word; it gives the pages back by
 * ending.
 */
void prepare_snapshot(void) {
  sync();
  write_number("/proc/sys/vm/drop_caches", DROP_ALL);
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  while (free_bytes() > SPARE_BYTES)
    if (mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) break;
  answer_done();
  _exit(0);
}

static bool seed(const char *hex) {
  struct {
    int bits, size;
    unsigned char bytes[RANDOM_BYTES];
  } seed = {.bits = 8 * RANDOM_BYTES, .size = RANDOM_BYTES};
  for (int i = 0; i < RANDOM_BYTES; i++)
    if (sscanf(hex + 2 * i, "%2hhx", &seed.bytes[i]) != 1) return false;
  int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool ok = ioctl(fd, RNDADDENTROPY, &seed) == 0 && ioctl(fd, RNDRESEEDCRNG) == 0;
  close(fd);
  return ok;
}

/* Every machine restored from one snapshot would draw the same random numbers, and live in the past. */
void resume_from_snapshot(const struct request *r) {
  if (r->epoch_ms < 0) return answer_error("malformed", "epochMs");
  if (!seed(r->random)) return answer_error("malformed", "random");
  struct timeval now = {.tv_sec = r->epoch_ms / 1000, .tv_usec = r->epoch_ms % 1000 * 1000};
  if (settimeofday(&now, NULL) < 0) return answer_error("limit", strerror(errno));
  answer_done();
}
