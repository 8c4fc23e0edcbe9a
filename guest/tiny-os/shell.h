/* The prompt. */
#pragma once

__attribute__((noreturn)) void shell(void);
