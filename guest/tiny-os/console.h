/* Text out to the screen and the first serial port alike, bytes in from the serial port. */
#pragma once

#include "io.h"

void console_setup(void);

/* Knows %s, %c, %u, %x (eight digits) and %%. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For a terminal's control sequences, which the screen could not read. */
void print_serial_only(const char *text);

/* Waits for the next byte; the processor sleeps meanwhile. */
u8 read_byte(void);
