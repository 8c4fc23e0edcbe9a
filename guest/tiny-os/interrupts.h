/* Exceptions, the timer, and what happens when nothing can go on. */
#pragma once

#include "io.h"

/* Timer ticks a second. */
#define HZ 100

extern volatile u32 ticks;

void interrupts_setup(void);

/* Says why, and never runs another command. */
__attribute__((noreturn)) void panic(const char *why, u32 at);
