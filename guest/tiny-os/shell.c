#include "shell.h"

#include "commands.h"
#include "console.h"

#define LONGEST_LINE 256
#define CONTROL(letter) ((letter) & 0x1f)
#define ESCAPE 0x1b
#define DELETE 0x7f

/*
 * OSC 133 marks, as the Linux machines' shell prints them: D a command ended with this status,
 * A a prompt begins, B input begins, C output begins. `n` counts prompts.
 */
#define MARK(text) "\033]133;" text ";aid=login-tiny-os"
#define END_OF_MARK "\007"

static void print_number_serial_only(u32 value) {
  char digits[11] = {0};
  u32 at = sizeof digits - 1;
  do digits[--at] = (char)('0' + value % 10);
  while (value /= 10);
  print_serial_only(digits + at);
}

static void prompt(u32 status, u32 number) {
  print_serial_only("\033]133;D;");
  print_number_serial_only(status);
  print_serial_only(";aid=login-tiny-os" END_OF_MARK MARK("A") ";n=");
  print_number_serial_only(number);
  print_serial_only(END_OF_MARK);
  print("tiny-os> ");
  print_serial_only(MARK("B") END_OF_MARK);
}

/* The bytes that continue a character in UTF-8. */
static int continues(char byte) { return ((u8)byte & 0xc0) == 0x80; }

static u32 erase(char *line, u32 length) {
  if (length == 0) return 0;
  while (length > 1 && continues(line[length - 1])) length--;
  print("\b \b");
  return length - 1;
}

/* Arrow keys and the like: ESC [ … letter. */
static void skip_sequence(void) {
  if (read_byte() != '[') return;
  while (read_byte() < '@') {
  }
}

static void read_line(char *line) {
  u32 length = 0;
  for (;;) {
    u8 byte = read_byte();
    if (byte == '\r' || byte == '\n') break;
    if (byte == DELETE || byte == '\b') {
      length = erase(line, length);
    } else if (byte == CONTROL('u')) {
      while (length > 0) length = erase(line, length);
    } else if (byte == CONTROL('c')) {
      print("^C");
      length = 0;
      break;
    } else if (byte == ESCAPE) {
      skip_sequence();
    } else if (byte >= ' ' && length < LONGEST_LINE - 1) {
      line[length++] = (char)byte;
      print("%c", byte);
    }
  }
  line[length] = 0;
  print("\n");
}

void shell(void) {
  static char line[LONGEST_LINE];
  u32 status = 0;
  for (u32 number = 1;; number++) {
    prompt(status, number);
    read_line(line);
    print_serial_only(MARK("C") END_OF_MARK);
    status = run_command(line);
  }
}
