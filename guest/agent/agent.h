/* What the files of the agent share. The protocol is src/machine/agent-protocol.ts. */
#ifndef AGENT_H
#define AGENT_H

#define _GNU_SOURCE

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NAMESPACES 8

/* In the order of the protocol; the bits of a set of namespaces count in the same order. */
extern const struct namespace_type {
  /* As the link in /proc/PID/ns. */
  const char *name;
  uint64_t clone_flag;
} namespace_types[NAMESPACES];

/* One line from the host. Numbers it did not give are -1, texts empty. */
struct request {
  uint32_t id;
  char op[16];
  char topic[16];
  int32_t pid;
  int32_t every_ms;
  int32_t subscription;
  int32_t count;
  unsigned namespaces;
  int64_t epoch_ms;
  bool keep_files;
};

/* Reads a request. On failure it names what is wrong, and `id` is 0 unless it was read already. */
const char *parse_request(const char *line, struct request *request);

/* The answer being written: lines of JSON, through one buffer. */
void answer_begin(uint32_t id);
void answer_done(void);
void answer_error(const char *code, const char *detail);
void record_begin(const char *kind);
void record_end(void);
void put_field(const char *name);
void put_number(uint64_t number);
void put_null(void);
void put_bool(bool value);
void put_text(const char *text);
void put_open(char bracket);
void put_close(char bracket);
/* A text of unknown length, byte by byte. */
void text_begin(void);
void text_byte(unsigned char byte);
void text_end(void);
void number_field(const char *name, uint64_t number);
void text_field(const char *name, const char *text);

/* The one file being read; opening the next closes it. Bytes are -1 at the end. */
bool file_open(int folder, const char *path);
int file_byte(void);
void file_close(void);
/* Skips to the byte after `end`. False at the end of the file. */
bool file_skip(int end);
/* Reads up to `end` or white space, cut to `size`; returns what ended it. */
int file_word(char *word, size_t size, int end);
/* Reads a number; false when there is none, as in `max`. */
bool file_number(uint64_t *number);

uint64_t now_ns(void);
void write_number(const char *path, unsigned number);

void list_processes(void);
void list_cgroups(void);
/* These answer with an error when the process is gone; false then. */
bool list_mounts(pid_t pid);
bool list_interfaces(pid_t pid);
void read_memory(void);

void spawn_containers(const struct request *request);
void kill_containers(void);
/* Does not return. */
void prepare_snapshot(const struct request *request);
void resume_from_snapshot(const struct request *request);
/* Takes note of containers that have ended. */
void reap_containers(void);

#endif
