/*
 * Reports from inside the machine to the page that shows it. It waits on its port, which init has
 * made raw, and runs only when a request has come or a subscription is due.
 */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_REQUEST 512
#define SUBSCRIPTIONS 8
#define SHORTEST_INTERVAL_MS 20
#define NS_PER_MS 1000000

/* A request that is answered again and again; free while its id is 0. */
static struct subscription {
  struct request request;
  uint64_t due_ns;
} subscriptions[SUBSCRIPTIONS];

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void write_number(const char *path, unsigned number) {
  char text[12];
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  write(fd, text, snprintf(text, sizeof text, "%u", number));
  close(fd);
}

/* Answers a question about the machine. False when it cannot be answered any more. */
static bool answer(const struct request *r) {
  const char *topic = r->topic;
  bool answered = true;
  pid_t pid = r->pid < 0 ? getpid() : r->pid;
  answer_begin(r->id);
  if (strcmp(topic, "processes") == 0) list_processes();
  else if (strcmp(topic, "cgroups") == 0) list_cgroups();
  else if (strcmp(topic, "mounts") == 0) answered = list_mounts(pid);
  else if (strcmp(topic, "interfaces") == 0) answered = list_interfaces(pid);
  else if (strcmp(topic, "memory") == 0) read_memory();
  else if (strcmp(topic, "clock") != 0) answer_error("unknown", topic), answered = false;
  if (answered) answer_done();
  return answered;
}

static void subscribe(const struct request *r) {
  struct subscription *s = subscriptions;
  if (r->every_ms < SHORTEST_INTERVAL_MS) return answer_error("malformed", "everyMs");
  while (s < subscriptions + SUBSCRIPTIONS && s->request.id) s++;
  if (s == subscriptions + SUBSCRIPTIONS) return answer_error("limit", "subscriptions");
  *s = (struct subscription){.request = *r};
}

/* Without a number: all of them. */
static void unsubscribe(const struct request *r) {
  for (struct subscription *s = subscriptions; s < subscriptions + SUBSCRIPTIONS; s++)
    if (r->subscription < 0 || s->request.id == (uint32_t)r->subscription) s->request.id = 0;
  answer_done();
}

static void serve(const char *line) {
  struct request r;
  if (!*line) return;
  const char *problem = parse_request(line, &r);
  answer_begin(r.id);
  if (problem) answer_error("malformed", problem);
  else if (strcmp(r.op, "subscribe") == 0) subscribe(&r);
  else if (strcmp(r.op, "unsubscribe") == 0) unsubscribe(&r);
  else if (strcmp(r.op, "spawn") == 0) spawn_containers(&r);
  else if (strcmp(r.op, "kill") == 0) kill_containers();
  else if (strcmp(r.op, "ask") == 0) answer(&r);
  else if (strcmp(r.op, "prepare") == 0) prepare_snapshot(&r);
  else if (strcmp(r.op, "resume") == 0) resume_from_snapshot(&r);
  else answer_error("unknown", r.op);
}

/* Cuts what has come into lines. A line that is too long is no request: its end is waited for. */
static void receive(void) {
  static char line[LONGEST_REQUEST];
  static size_t length;
  char bytes[256];
  ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  /* The port was hung up: init waits for the next byte. */
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) _exit(1);
  for (ssize_t i = 0; i < count; i++) {
    if (bytes[i] != '\n') {
      if (length < sizeof line) line[length++] = bytes[i];
      continue;
    }
    if (length == sizeof line) length = 0;
    line[length] = 0;
    length = 0;
    serve(line);
  }
}

/* Answers the subscriptions that are due; returns when the next one is, 0 when there is none. */
static uint64_t serve_subscriptions(void) {
  uint64_t next = 0;
  for (struct subscription *s = subscriptions; s < subscriptions + SUBSCRIPTIONS; s++) {
    if (s->request.id == 0) continue;
    if (s->due_ns <= now_ns()) {
      if (!answer(&s->request)) {
        s->request.id = 0;
        continue;
      }
      /* From the end of the answer, so that the machine is never busy with answers alone. */
      s->due_ns = now_ns() + (uint64_t)s->request.every_ms * NS_PER_MS;
    }
    if (next == 0 || s->due_ns < next) next = s->due_ns;
  }
  return next;
}

static void on_child(int signal) { (void)signal; }

int main(void) {
  struct sigaction action = {.sa_handler = on_child};
  sigset_t blocked, while_waiting;
  sigaction(SIGCHLD, &action, NULL);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  sigprocmask(SIG_BLOCK, &blocked, &while_waiting);

  /* init waited for the first byte without blocking. */
  fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) & ~O_NONBLOCK);
  for (;;) {
    struct pollfd port = {.fd = STDIN_FILENO, .events = POLLIN};
    struct timespec pause;
    uint64_t due = serve_subscriptions();
    if (due) {
      uint64_t now = now_ns();
      uint64_t left = due > now ? due - now : 0;
      pause = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    }
    int ready = ppoll(&port, 1, due ? &pause : NULL, &while_waiting);
    reap_containers();
    if (ready > 0) receive();
  }
}
