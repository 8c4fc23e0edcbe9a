/* Before a snapshot of the machine is taken, and after one has been restored. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

/* Memory is taken in pieces, ever smaller ones as it runs out. */
#define LARGEST_PIECE (1024 * 1024)
#define SMALLEST_PIECE (64 * 1024)
/* Left beside what the kernel keeps for itself: for page tables, and for whatever else runs. */
#define SPARE (256 * 1024)
/* drop_caches (Documentation/admin-guide/sysctl/vm.rst): page cache, and dentries and inodes. */
#define DROP_ALL 3
#define BOOST_FILE "/proc/sys/vm/watermark_boost_factor"
/* linux/random.h: draws a new key, from the processor's random numbers too. */
#define RNDRESEEDCRNG _IO('R', 7)

/*
 * How many bytes can be taken before the kernel begins to look for memory to reclaim: what is free
 * above the zones' high watermarks. Negative when it is looking already.
 */
static int64_t spendable_bytes(void) {
  int64_t pages = 0;
  uint64_t number;
  char word[32];
  if (!file_open(AT_FDCWD, "/proc/zoneinfo")) return 0;
  for (int end = 0; end >= 0;) {
    end = file_word(word, sizeof word, '\n');
    bool is_free = strcmp(word, "free") == 0;
    if (!is_free && strcmp(word, "high") != 0) continue;
    if (file_number(&number)) pages += is_free ? (int64_t)number : -(int64_t)number;
  }
  file_close();
  return pages * getpagesize();
}

/* Takes what is free, zeroed by the kernel, and stops before anything would have to be reclaimed. */
static void take_free_memory(void) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  for (size_t piece = LARGEST_PIECE; piece >= SMALLEST_PIECE;) {
    if (spendable_bytes() < (int64_t)piece + SPARE) piece /= 2;
    else if (mmap(NULL, piece, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) return;
  }
}

/*
 * A page that this process gets is zero, and nobody writes to it: given back, it is a page of zeros,
 * which a snapshot leaves out. The answer is the agent's last word; it gives the pages back by
 * ending, and init says when they are back.
 *
 * A boost of the watermarks, which the kernel gives itself when it has to mix pages that can be moved
 * with others, is 4 MiB here and comes in the middle of taking a piece: what was enough is then too
 * little, and the agent is killed for want of memory.
 */
void prepare_snapshot(const struct request *r) {
  uint64_t boost = 0;
  bool boosts = file_open(AT_FDCWD, BOOST_FILE) && file_number(&boost);
  file_close();
  sync();
  if (!r->keep_files) write_number("/proc/sys/vm/drop_caches", DROP_ALL);
  if (boosts) write_number(BOOST_FILE, 0);
  take_free_memory();
  if (boosts) write_number(BOOST_FILE, boost);
  answer_done();
  _exit(0);
}

/* Every machine restored from one snapshot would draw the same random numbers, and live in the past. */
void resume_from_snapshot(const struct request *r) {
  if (r->epoch_ms < 0) return answer_error("malformed", "epochMs");
  int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || ioctl(fd, RNDRESEEDCRNG) < 0) return answer_error("limit", strerror(errno));
  close(fd);
  struct timeval now = {.tv_sec = r->epoch_ms / 1000, .tv_usec = r->epoch_ms % 1000 * 1000};
  if (settimeofday(&now, NULL) < 0) return answer_error("limit", strerror(errno));
  answer_done();
}
