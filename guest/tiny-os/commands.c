#include "commands.h"

#include "console.h"
#include "interrupts.h"

#define NOT_FOUND 127

/* Written by boot.S before it left real mode. */
extern const u16 low_kib, middle_kib, high_blocks;
/* Addresses given by the linker. */
extern const u8 start[], bss_end[];

static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static u32 help(const char *rest);

static u32 uname(const char *rest) {
  if (same(rest, "-r"))
    print("%s\n", VERSION);
  else if (same(rest, "-a"))
    print("tiny-os %s i386, no kin of Linux or Unix\n", VERSION);
  else
    print("tiny-os\n");
  return 0;
}

static u32 regs(const char *rest) {
  (void)rest;
  u32 cr0, eflags, esp, cs;
  __asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
  __asm__ volatile("pushfl; popl %0" : "=r"(eflags));
  __asm__ volatile("movl %%esp, %0" : "=r"(esp));
  __asm__ volatile("movl %%cs, %0" : "=r"(cs));
  print("CR0    %x  protected mode %s, paging %s\n", cr0, cr0 & 1 ? "on" : "off",
        cr0 >> 31 ? "on" : "off");
  print("EFLAGS %x  interrupts %s\n", eflags, eflags & 1 << 9 ? "on" : "off");
  print("CS     %x  ring %u\n", cs, cs & 3);
  print("ESP    %x\n", esp);
  return 0;
}

static u32 mem(const char *rest) {
  (void)rest;
  print("%u KiB of memory: %u below 1 MiB, %u above\n", low_kib + middle_kib + high_blocks * 64u,
        low_kib, middle_kib + high_blocks * 64u);
  print("%u bytes of them are tiny-os\n", (u32)(bss_end - start));
  return 0;
}

static u32 uptime(const char *rest) {
  (void)rest;
  u32 now = ticks;
  print("%u.%u%u s, %u ticks\n", now / HZ, now / (HZ / 10) % 10, now % (HZ / 10), now);
  return 0;
}

static u32 echo(const char *rest) {
  print("%s\n", rest);
  return 0;
}

__attribute__((noreturn)) static u32 reboot(const char *rest) {
  (void)rest;
  outb(0x64, 0xfe); /* The keyboard controller pulls the processor's reset line. */
  for (;;) sleep_until_interrupt();
}

__attribute__((noreturn)) static u32 halt(const char *rest) {
  (void)rest;
  print("Halted.\n");
  for (;;) __asm__ volatile("cli; hlt");
}

static u32 break_down(const char *rest) {
  (void)rest;
  __asm__ volatile("ud2"); /* An instruction that no processor knows. */
  return 1;
}

static const struct {
  const char *name;
  u32 (*run)(const char *rest);
  const char *what;
} commands[] = {
    {"help", help, "this list"},
    {"uname", uname, "what runs here; -r its version, -a both"},
    {"regs", regs, "registers of the processor that say in which mode it is"},
    {"mem", mem, "memory of the machine"},
    {"uptime", uptime, "time since the timer was started"},
    {"echo", echo, "the words that follow"},
    {"reboot", reboot, "start again"},
    {"halt", halt, "stop for good"},
    {"panic", break_down, "run an invalid instruction in ring 0"},
};
#define COMMANDS (sizeof commands / sizeof *commands)

static u32 help(const char *rest) {
  (void)rest;
  for (u32 at = 0; at < COMMANDS; at++) print("%s: %s\n", commands[at].name, commands[at].what);
  return 0;
}

u32 run_command(char *line) {
  while (*line == ' ') line++;
  if (!*line) return 0;
  char *rest = line;
  while (*rest && *rest != ' ') rest++;
  if (*rest) *rest++ = 0;
  while (*rest == ' ') rest++;
  for (u32 at = 0; at < COMMANDS; at++)
    if (same(line, commands[at].name)) return commands[at].run(rest);
  print("%s: no such command; help lists them\n", line);
  return NOT_FOUND;
}
