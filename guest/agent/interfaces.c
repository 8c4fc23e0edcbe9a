/* The network interfaces of a process's network namespace, and their addresses, by rtnetlink. */
#include "agent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* From the kernel's linux/netlink.h, rtnetlink.h, if_link.h and if_addr.h, which musl does not have. */
enum { NETLINK_ROUTE = 0, NLM_F_REQUEST = 1, NLM_F_DUMP = 0x300, NLMSG_ERROR = 2, NLMSG_DONE = 3 };
enum { RTM_NEWLINK = 16, RTM_GETLINK = 18, RTM_NEWADDR = 20, RTM_GETADDR = 22 };
enum {
  IFLA_ADDRESS = 1,
  IFLA_IFNAME = 3,
  IFLA_MTU = 4,
  IFLA_LINK = 5,
  IFLA_MASTER = 10,
  IFLA_LINKINFO = 18,
  IFLA_STATS64 = 23,
  ATTRIBUTES
};
enum { IFLA_INFO_KIND = 1, IFA_ADDRESS = 1, IFA_LOCAL = 2 };
/* Flags of an attribute's type: nested, byte order. */
#define TYPE_MASK 0x3fff
#define ALIGNED(length) (((length) + 3u) & ~3u)

struct message {
  uint32_t length;
  uint16_t type, flags;
  uint32_t sequence, port;
};
struct attribute {
  uint16_t length, type;
};
struct link {
  uint8_t family, pad;
  uint16_t type;
  int32_t index;
  uint32_t flags, change;
};
struct address {
  uint8_t family, prefix, flags, scope;
  uint32_t index;
};
/* The beginning of struct rtnl_link_stats64. */
struct counts {
  uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
};

/* Sorts a message's attributes by type; `found` has those that are not there as NULL. */
static void read_attributes(const char *at, const char *end, const struct attribute **found) {
  memset(found, 0, ATTRIBUTES * sizeof *found);
  while (at + sizeof(struct attribute) <= end) {
    const struct attribute *a = (const void *)at;
    if (a->length < sizeof *a || at + a->length > end) return;
    if ((a->type & TYPE_MASK) < ATTRIBUTES) found[a->type & TYPE_MASK] = a;
    at += ALIGNED(a->length);
  }
}

static const void *value_of(const struct attribute *a) { return a + 1; }

static void put_value(const char *field, const struct attribute *a) {
  uint32_t value;
  put_field(field);
  if (!a) return put_null();
  memcpy(&value, value_of(a), sizeof value);
  put_number(value);
}

static void put_kind(const struct attribute *info) {
  const struct attribute *inner[ATTRIBUTES] = {NULL};
  if (info) read_attributes(value_of(info), (const char *)info + info->length, inner);
  put_field("kind");
  if (inner[IFLA_INFO_KIND]) put_text(value_of(inner[IFLA_INFO_KIND]));
  else put_null();
}

static void put_mac(const struct attribute *a) {
  const unsigned char *mac = a ? value_of(a) : NULL;
  char text[18];
  put_field("mac");
  if (!a || a->length != sizeof *a + 6) return put_null();
  snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
           mac[5]);
  put_text(text);
}

static void put_link(const struct link *link, const char *end) {
  const struct attribute *found[ATTRIBUTES];
  struct counts counts = {0};
  read_attributes((const char *)(link + 1), end, found);
  if (!found[IFLA_IFNAME]) return;
  if (found[IFLA_STATS64]) memcpy(&counts, value_of(found[IFLA_STATS64]), sizeof counts);
  record_begin("interface");
  number_field("index", link->index);
  text_field("name", value_of(found[IFLA_IFNAME]));
  put_kind(found[IFLA_LINKINFO]);
  put_mac(found[IFLA_ADDRESS]);
  put_value("mtu", found[IFLA_MTU]);
  put_field("up");
  put_bool(link->flags & IFF_UP);
  put_field("running");
  put_bool(link->flags & IFF_RUNNING);
  put_value("master", found[IFLA_MASTER]);
  put_value("peer", found[IFLA_LINK]);
  number_field("rxBytes", counts.rx_bytes);
  number_field("txBytes", counts.tx_bytes);
  number_field("rxPackets", counts.rx_packets);
  number_field("txPackets", counts.tx_packets);
  record_end();
}

static void put_address(const struct address *address, const char *end) {
  const struct attribute *found[ATTRIBUTES];
  char text[INET6_ADDRSTRLEN];
  read_attributes((const char *)(address + 1), end, found);
  const struct attribute *own = found[IFA_LOCAL] ? found[IFA_LOCAL] : found[IFA_ADDRESS];
  if (!own || !inet_ntop(address->family, value_of(own), text, sizeof text)) return;
  record_begin("address");
  number_field("index", address->index);
  text_field("address", text);
  number_field("prefix", address->prefix);
  record_end();
}

/* Asks for all of one kind and writes what comes. */
static void dump(int fd, uint16_t type) {
  static char buffer[8192] __attribute__((aligned(8)));
  struct {
    struct message message;
    struct link any;
  } request = {.message = {sizeof request, type, NLM_F_REQUEST | NLM_F_DUMP, 0, 0}};
  if (send(fd, &request, sizeof request, 0) < 0) return;
  for (ssize_t length; (length = recv(fd, buffer, sizeof buffer, 0)) > 0;)
    for (const char *at = buffer; at + sizeof(struct message) <= buffer + length;) {
      const struct message *m = (const void *)at;
      const char *end = at + m->length;
      if (m->type == NLMSG_DONE || m->type == NLMSG_ERROR) return;
      if (m->length < sizeof *m || end > buffer + length) return;
      if (m->type == RTM_NEWLINK) put_link((const void *)(m + 1), end);
      if (m->type == RTM_NEWADDR) put_address((const void *)(m + 1), end);
      at += ALIGNED(m->length);
    }
}

/* A socket keeps the namespace it was made in, so the agent goes there only to make one. */
static int socket_of(pid_t pid) {
  static int own = -1;
  char path[40];
  snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
  if (own < 0) own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  int there = open(path, O_RDONLY | O_CLOEXEC);
  if (there < 0 || setns(there, CLONE_NEWNET) < 0) {
    int reason = errno;
    if (there >= 0) close(there);
    errno = reason;
    return -1;
  }
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  close(there);
  setns(own, CLONE_NEWNET);
  return fd;
}

bool list_interfaces(pid_t pid) {
  int fd = socket_of(pid);
  if (fd < 0) return answer_error("no-process", strerror(errno)), false;
  dump(fd, RTM_GETLINK);
  dump(fd, RTM_GETADDR);
  close(fd);
  return true;
}
