/* What can be typed at the prompt. */
#pragma once

#include "io.h"

/* Runs a line and returns its status, as a Unix shell's: 0 when it went well. */
u32 run_command(char *line);
