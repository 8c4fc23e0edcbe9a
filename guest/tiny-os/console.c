#include "console.h"

/* Text screen of a PC: two bytes a character, the second one its colours. */
#define SCREEN ((volatile u16 *)0xb8000)
#define COLUMNS 80
#define ROWS 25
#define GREY_ON_BLACK 0x0700

/* The registers of a 16550 serial port, as offsets from its first. */
#define COM1 0x3f8
#define DATA 0
#define INTERRUPT_ENABLE 1
#define FIFO_CONTROL 2
#define LINE_CONTROL 3
#define MODEM_CONTROL 4
#define LINE_STATUS 5
#define RECEIVED 0x01
#define CAN_SEND 0x20

static u32 column, row;

void console_setup(void) {
  outb(COM1 + LINE_CONTROL, 0x80); /* The next two registers are the speed now: */
  outb(COM1 + DATA, 1);            /* 115,200 bits a second, */
  outb(COM1 + INTERRUPT_ENABLE, 0);
  outb(COM1 + LINE_CONTROL, 0x03); /* eight bits, no parity, one stop bit. */
  outb(COM1 + FIFO_CONTROL, 0x07);
  outb(COM1 + MODEM_CONTROL, 0x0b); /* Ready, and its interrupt line connected. */
  outb(COM1 + INTERRUPT_ENABLE, RECEIVED);
  for (u32 at = 0; at < COLUMNS * ROWS; at++) SCREEN[at] = GREY_ON_BLACK | ' ';
}

static void scroll(void) {
  for (u32 at = 0; at < COLUMNS * (ROWS - 1); at++) SCREEN[at] = SCREEN[at + COLUMNS];
  for (u32 at = 0; at < COLUMNS; at++) SCREEN[COLUMNS * (ROWS - 1) + at] = GREY_ON_BLACK | ' ';
  row = ROWS - 1;
}

static void put_on_screen(char c) {
  if (c == '\n') {
    column = 0;
    row++;
  } else if (c == '\r') {
    column = 0;
  } else if (c == '\b') {
    if (column > 0) column--;
  } else {
    if (row == ROWS) scroll();
    SCREEN[row * COLUMNS + column] = GREY_ON_BLACK | (u8)c;
    if (++column == COLUMNS) {
      column = 0;
      row++;
    }
  }
  if (row == ROWS) scroll();
}

static void put_on_serial(char c) {
  while (!(inb(COM1 + LINE_STATUS) & CAN_SEND)) {
  }
  outb(COM1 + DATA, (u8)c);
}

static void put(char c) {
  put_on_screen(c);
  if (c == '\n') put_on_serial('\r');
  put_on_serial(c);
}

static void put_decimal(u32 value) {
  char digits[10];
  u32 count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while (value /= 10);
  while (count > 0) put(digits[--count]);
}

static void put_hex(u32 value) {
  for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 15]);
}

void print(const char *format, ...) {
  __builtin_va_list values;
  __builtin_va_start(values, format);
  for (; *format; format++) {
    if (*format != '%') {
      put(*format);
      continue;
    }
    switch (*++format) {
      case 's':
        for (const char *text = __builtin_va_arg(values, const char *); *text; text++) put(*text);
        break;
      case 'c':
        put((char)__builtin_va_arg(values, int));
        break;
      case 'u':
        put_decimal(__builtin_va_arg(values, u32));
        break;
      case 'x':
        put_hex(__builtin_va_arg(values, u32));
        break;
      default:
        put(*format);
    }
  }
  __builtin_va_end(values);
}

void print_serial_only(const char *text) {
  while (*text) put_on_serial(*text++);
}

u8 read_byte(void) {
  for (;;) {
    interrupts_off();
    if (inb(COM1 + LINE_STATUS) & RECEIVED) break;
    sleep_until_interrupt();
  }
  interrupts_on();
  return inb(COM1 + DATA);
}
