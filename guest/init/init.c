/*
 * PID 1 of the machines: mounts the kernel's file systems, runs /etc/rc, keeps a shell on each
 * terminal, starts the agent when it is asked something, reaps orphans, and turns the machine off. It says nothing
 * unless something fails.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PORTS 4
/* The last port is the agent's; the others are terminals. */
#define AGENT_PORT 3
#define SERIAL_TERMINAL "/dev/ttyS0"
/* virtio-console announces its ports after the driver is up, so /dev/hvc* may appear late. */
#define PORT_WAIT_MS 3000
#define PORT_RETRY_MS 2

static char *const shell_env[] = {
    "HOME=/root",
    "LANG=C.UTF-8",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "SHELL=/bin/bash",
    "TERM=xterm-256color",
    "USER=root",
    NULL,
};

/* Where the one shell is on a kernel without virtio-console; NULL: on the virtio-console ports. */
static const char *serial_terminal;

/* One virtio-console port: either its program runs on it, or it waits for its first byte. */
static struct terminal {
  pid_t program;
  /* Open while no program runs; -1 otherwise. */
  int idle_fd;
  struct termios sane;
} terminals[PORTS];

static volatile sig_atomic_t shutdown_how;

static void complain(const char *what) {
  fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
}

static void mount_at(const char *type, const char *target, unsigned long flags, const char *data) {
  mkdir(target, 0755);
  if (mount(type, target, type, flags, data) < 0) complain(target);
}

/*
 * pivot_root refuses to leave the initial root, because that mount has no parent. A bind mount of
 * the root, moved over the root, is an ordinary mount with the same content.
 */
static void give_root_a_parent(void) {
  if (mount("/", "/mnt", NULL, MS_BIND, NULL) < 0 || chdir("/mnt") < 0 ||
      mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
    complain("making / a mount that pivot_root can leave");
}

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) complain(path);
  if (fd >= 0) close(fd);
}

static void mount_everything(void) {
  const unsigned long strict = MS_NOSUID | MS_NODEV | MS_NOEXEC;

  mount_at("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
  mount_at("proc", "/proc", strict, NULL);
  mount_at("sysfs", "/sys", strict, NULL);
  mount_at("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
  mount_at("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
  mount_at("mqueue", "/dev/mqueue", strict, NULL);
  mount_at("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
  mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
  mount_at("cgroup2", "/sys/fs/cgroup", strict, NULL);
  write_file("/sys/fs/cgroup/cgroup.subtree_control", "+cpu +memory +pids");

  symlink("/proc/self/fd", "/dev/fd");
  symlink("fd/0", "/dev/stdin");
  symlink("fd/1", "/dev/stdout");
  symlink("fd/2", "/dev/stderr");
}

/* What is not in the initial file system is read from the page when it is first used. */
static void mount_share(void) {
  const char *options = "trans=virtio,version=9p2000.L,cache=loose,msize=131072";
  const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOATIME;
  if (mount("host9p", "/srv", "9p", flags, options) < 0 && errno != ENODEV && errno != ENOENT)
    complain("/srv");
}

static void leave_init(void) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setsid();
}

/* What a machine runs besides its shells is in its initial file system; nobody waits for it. */
static void run_rc(void) {
  if (access("/etc/rc", X_OK) < 0) return;
  pid_t pid = fork();
  if (pid == 0) {
    leave_init();
    chdir("/");
    execve("/etc/rc", (char *[]){"/etc/rc", NULL}, shell_env);
    complain("/etc/rc");
    _exit(127);
  }
  if (pid < 0) complain("fork");
}

static void loopback_up(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0) complain("lo");
  if (fd >= 0) close(fd);
}

static int open_terminal(int port, int flags) {
  if (serial_terminal) return open(serial_terminal, O_RDWR | flags);
  char path[] = "/dev/hvc0";
  path[sizeof path - 2] += port;
  return open(path, O_RDWR | flags);
}

static void run_shell(int port) {
  leave_init();
  int fd = open_terminal(port, 0);
  if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0) _exit(1);
  for (int i = 0; i < 3; i++) dup2(fd, i);
  if (fd > 2) close(fd);
  chdir("/root");
  execve("/bin/bash", (char *[]){"-bash", NULL}, shell_env);
  complain("/bin/bash");
  sleep(1);
  _exit(127);
}

static void start_shell(int port) {
  pid_t pid = fork();
  if (pid == 0) run_shell(port);
  if (pid < 0) complain("fork");
  terminals[port].program = pid;
}

/* The agent gets the port raw, as it is while it waits. */
static void start_agent(int port_fd) {
  pid_t pid = fork();
  if (pid == 0) {
    leave_init();
    dup2(port_fd, 0);
    dup2(port_fd, 1);
    execve("/sbin/agent", (char *[]){"agent", NULL}, (char *[]){NULL});
    complain("/sbin/agent");
    _exit(127);
  }
  if (pid < 0) complain("fork");
  terminals[AGENT_PORT].program = pid;
}

/* Raw and without echo, so that the byte that wakes the terminal leaves no trace on it. */
static void wait_for_byte(int port) {
  struct terminal *t = &terminals[port];
  t->program = 0;
  t->idle_fd = open_terminal(port, O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (t->idle_fd < 0 || tcgetattr(t->idle_fd, &t->sane) < 0) return;
  struct termios raw = t->sane;
  cfmakeraw(&raw);
  tcsetattr(t->idle_fd, TCSANOW, &raw);
}

/*
 * Says on the agent's port that the agent has ended, how, and that the next byte starts another.
 * By then its memory is back and its end of the port is closed: a process becomes one to be reaped
 * only after that (do_exit in the kernel's kernel/exit.c). What was asked of it and not answered is
 * lost. The line end before it ends a line that the agent had begun.
 */
static void tell_ended(int status) {
  const char *how = WIFSIGNALED(status) ? "signal" : "exit";
  const int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  char line[64];
  int length = snprintf(line, sizeof line, "\n{\"id\":0,\"ended\":{\"%s\":%d}}\n", how, number);
  if (write(terminals[AGENT_PORT].idle_fd, line, length) != length) complain("the agent's port");
}

static void wake(int port) {
  struct terminal *t = &terminals[port];
  char byte;
  if (read(t->idle_fd, &byte, 1) != 1) return;
  if (port == AGENT_PORT) start_agent(t->idle_fd);
  else tcsetattr(t->idle_fd, TCSANOW, &t->sane);
  close(t->idle_fd);
  t->idle_fd = -1;
  if (port != AGENT_PORT) start_shell(port);
}

static void wait_for_ports(void) {
  const struct timespec pause = {.tv_nsec = PORT_RETRY_MS * 1000000L};
  for (int waited = 0; waited < PORT_WAIT_MS; waited += PORT_RETRY_MS) {
    if (access("/dev/hvc3", F_OK) == 0) return;
    nanosleep(&pause, NULL);
  }
}

/*
 * Everyday commands are links to busybox, as busybox says itself. Made here, each costs a tenth of
 * what it would as an entry of the archive that the kernel unpacks.
 */
static void link_applets(void) {
  static char names[4096];
  int fd = open("/usr/lib/busybox/applets", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, names, sizeof names - 1);
  if (fd >= 0) close(fd);
  if (length < 0) return complain("/usr/lib/busybox/applets");
  int folder = open("/usr/bin", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (char *name = strtok(names, "\n"); name; name = strtok(NULL, "\n"))
    if (symlinkat("busybox", folder, name) < 0) complain(name);
  close(folder);
}

/* TERMINAL=ttyS0 on the kernel's command line says at once what the wait would find out. */
static void find_terminals(void) {
  const char *named = getenv("TERMINAL");
  if (named && strcmp(named, "ttyS0") == 0) {
    serial_terminal = SERIAL_TERMINAL;
    return;
  }
  wait_for_ports();
  if (access("/dev/hvc0", F_OK) < 0) serial_terminal = SERIAL_TERMINAL;
}

static void reap(void) {
  pid_t pid;
  int status;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
    for (int port = 0; port < PORTS; port++) {
      if (terminals[port].program != pid) continue;
      if (port != AGENT_PORT) start_shell(port);
      else wait_for_byte(port), tell_ended(status);
    }
}

/* The signals that busybox's reboot, halt and poweroff send to PID 1. */
static void on_signal(int signal) {
  if (signal == SIGTERM) shutdown_how = RB_AUTOBOOT;
  if (signal == SIGUSR1) shutdown_how = RB_HALT_SYSTEM;
  if (signal == SIGUSR2) shutdown_how = RB_POWER_OFF;
}

int main(void) {
  give_root_a_parent();
  mount_everything();
  mount_share();
  link_applets();
  loopback_up();

  /* The kernel turns HOSTNAME=… on its command line into init's environment. */
  const char *hostname = getenv("HOSTNAME");
  if (hostname) sethostname(hostname, strlen(hostname));

  /* Blocked except inside ppoll, so that no signal is lost between a check and the wait. */
  static const int handled[] = {SIGCHLD, SIGTERM, SIGUSR1, SIGUSR2};
  struct sigaction action = {.sa_handler = on_signal};
  sigset_t blocked, while_waiting;
  sigemptyset(&blocked);
  for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) {
    sigaction(handled[i], &action, NULL);
    sigaddset(&blocked, handled[i]);
  }
  sigprocmask(SIG_BLOCK, &blocked, &while_waiting);

  run_rc();
  find_terminals();
  for (int port = 0; port < PORTS; port++) terminals[port].idle_fd = -1;
  start_shell(0);
  for (int port = 1; port < PORTS && !serial_terminal; port++) wait_for_byte(port);

  while (!shutdown_how) {
    /* poll skips entries whose descriptor is negative: terminals with a shell on them. */
    struct pollfd waiting[PORTS];
    for (int port = 0; port < PORTS; port++)
      waiting[port] = (struct pollfd){.fd = terminals[port].idle_fd, .events = POLLIN};
    if (ppoll(waiting, PORTS, NULL, &while_waiting) > 0)
      for (int port = 0; port < PORTS; port++)
        if (waiting[port].revents) wake(port);
    reap();
  }
  sync();
  reboot(shutdown_how);
  for (;;) pause();
}
