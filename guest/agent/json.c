/* Requests in, records out. Nothing is kept that grows: one line in, one buffer out. */
#include "agent.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The tty layer passes on this much at once. */
#define BUFFER 2048
#define MAX_NUMBER 1000000000

static char buffer[BUFFER];
static size_t used;
/* The byte written last: decides whether a comma is due. */
static char last;
static uint32_t answer_id;
static uint32_t records;
static uint64_t began_ns;

static void flush(void) {
  for (size_t at = 0; at < used;) {
    ssize_t written = write(STDOUT_FILENO, buffer + at, used - at);
    if (written < 0 && errno != EINTR) exit(1);
    if (written > 0) at += written;
  }
  used = 0;
}

static void put(char byte) {
  if (used == BUFFER) flush();
  buffer[used++] = last = byte;
}

static void put_all(const char *bytes) {
  while (*bytes) put(*bytes++);
}

static void comma(void) {
  if (last != '{' && last != '[' && last != ':' && last != '\n') put(',');
}

void put_open(char bracket) {
  comma();
  put(bracket);
}

void put_close(char bracket) { put(bracket); }

void text_begin(void) {
  comma();
  put('"');
}

void text_byte(unsigned char byte) {
  static const char hex[] = "0123456789abcdef";
  if (byte == '"' || byte == '\\') put('\\');
  if (byte >= ' ') return put(byte);
  put_all("\\u00");
  put(hex[byte >> 4]);
  put(hex[byte & 15]);
}

void text_end(void) { put('"'); }

void put_text(const char *text) {
  text_begin();
  while (*text) text_byte(*text++);
  text_end();
}

void put_field(const char *name) {
  put_text(name);
  put(':');
}

void put_number(uint64_t number) {
  char digits[21];
  char *at = digits + sizeof digits - 1;
  *at = 0;
  /* 64-bit division is a loop in software here. */
  for (; number > UINT32_MAX; number /= 10) *--at = '0' + number % 10;
  uint32_t rest = number;
  do *--at = '0' + rest % 10;
  while (rest /= 10);
  comma();
  put_all(at);
}

void put_null(void) {
  comma();
  put_all("null");
}

void put_bool(bool value) {
  comma();
  put_all(value ? "true" : "false");
}

void number_field(const char *name, uint64_t number) {
  put_field(name);
  put_number(number);
}

void text_field(const char *name, const char *text) {
  put_field(name);
  put_text(text);
}

static void line_begin(const char *kind) {
  last = '\n';
  put_open('{');
  number_field("id", answer_id);
  put_field(kind);
  put_open('{');
}

static void line_end(void) { put_all("}}\n"); }

void answer_begin(uint32_t id) {
  answer_id = id;
  records = 0;
  began_ns = now_ns();
}

void record_begin(const char *kind) {
  records++;
  line_begin(kind);
}

void record_end(void) { line_end(); }

void answer_done(void) {
  line_begin("done");
  number_field("records", records);
  number_field("beganNs", began_ns);
  number_field("endedNs", now_ns());
  line_end();
  flush();
}

void answer_error(const char *code, const char *detail) {
  line_begin("error");
  text_field("code", code);
  text_field("detail", detail);
  line_end();
  flush();
}

static const char *skip_space(const char *at) {
  while (*at == ' ' || *at == '\t' || *at == '\r') at++;
  return at;
}

/* Copies a string without escapes; NULL when it is none, or too long. */
static const char *parse_text(const char *at, char *text, size_t size) {
  if (*at++ != '"') return NULL;
  size_t length = 0;
  for (; *at != '"'; at++) {
    if (*at == 0 || *at == '\\' || length + 1 >= size) return NULL;
    text[length++] = *at;
  }
  text[length] = 0;
  return skip_space(at + 1);
}

static const char *parse_number(const char *at, int32_t *number) {
  if (!isdigit((unsigned char)*at)) return NULL;
  for (*number = 0; isdigit((unsigned char)*at); at++) {
    if (*number >= MAX_NUMBER / 10) return NULL;
    *number = *number * 10 + (*at - '0');
  }
  return skip_space(at);
}

/* Up to 15 digits. */
static const char *parse_long(const char *at, int64_t *number) {
  const char *begin = at;
  for (*number = 0; isdigit((unsigned char)*at) && at - begin < 15; at++)
    *number = *number * 10 + (*at - '0');
  return at == begin ? NULL : skip_space(at);
}

static const char *parse_bool(const char *at, bool *value) {
  *value = strncmp(at, "true", 4) == 0;
  if (!*value && strncmp(at, "false", 5) != 0) return NULL;
  return skip_space(at + (*value ? 4 : 5));
}

static const char *parse_namespaces(const char *at, unsigned *set) {
  char name[8];
  if (*at != '[') return NULL;
  *set = 0;
  do {
    at = skip_space(at + 1);
    if (*at == ']' && *set == 0) break;
    at = parse_text(at, name, sizeof name);
    if (!at) return NULL;
    size_t type = 0;
    while (type < NAMESPACES && strcmp(namespace_types[type].name, name) != 0) type++;
    if (type == NAMESPACES) return NULL;
    *set |= 1u << type;
  } while (*at == ',');
  return *at == ']' ? skip_space(at + 1) : NULL;
}

static const char *parse_field(const char *name, const char *at, struct request *r) {
  int32_t id;
  if (strcmp(name, "id") == 0) {
    at = parse_number(at, &id);
    if (at) r->id = id;
    return at;
  }
  if (strcmp(name, "op") == 0) return parse_text(at, r->op, sizeof r->op);
  if (strcmp(name, "topic") == 0) return parse_text(at, r->topic, sizeof r->topic);
  if (strcmp(name, "pid") == 0) return parse_number(at, &r->pid);
  if (strcmp(name, "everyMs") == 0) return parse_number(at, &r->every_ms);
  if (strcmp(name, "subscription") == 0) return parse_number(at, &r->subscription);
  if (strcmp(name, "count") == 0) return parse_number(at, &r->count);
  if (strcmp(name, "epochMs") == 0) return parse_long(at, &r->epoch_ms);
  if (strcmp(name, "keepFiles") == 0) return parse_bool(at, &r->keep_files);
  if (strcmp(name, "namespaces") == 0) return parse_namespaces(at, &r->namespaces);
  return NULL;
}

const char *parse_request(const char *at, struct request *request) {
  char name[16];
  *request = (struct request){
      .pid = -1, .every_ms = -1, .subscription = -1, .count = -1, .epoch_ms = -1};
  at = skip_space(at);
  if (*at != '{') return "not an object";
  do {
    at = parse_text(skip_space(at + 1), name, sizeof name);
    if (!at || *at != ':') return "not a field";
    at = parse_field(name, skip_space(at + 1), request);
    if (!at) return "unknown field, or a value it cannot have";
  } while (*at == ',');
  if (*at != '}' || *skip_space(at + 1)) return "not one object";
  if (request->id == 0) return "no id";
  return NULL;
}
