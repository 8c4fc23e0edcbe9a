#include "console.h"
#include "interrupts.h"
#include "shell.h"

/* Called by boot.S in protected mode, ring 0, with interrupts off. */
__attribute__((noreturn)) void kernel_main(void) {
  console_setup();
  interrupts_setup();
  print("tiny-os %s. Type help.\n", VERSION);
  shell();
}
