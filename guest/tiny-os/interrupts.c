#include "interrupts.h"

#include "console.h"

#define VECTORS 48
/* Device interrupts come after the 32 vectors that Intel keeps for exceptions. */
#define FIRST_IRQ 32
#define TIMER (FIRST_IRQ + 0)
#define SECOND_PIC (FIRST_IRQ + 8)

/* The two interrupt controllers, and the command that ends an interrupt. */
#define PIC1 0x20
#define PIC2 0xa0
#define END_OF_INTERRUPT 0x20
/* Lines that are off: all but the timer's and the first serial port's. */
#define MASK1 (0xff & ~(1 << 0 | 1 << 4))
#define MASK2 0xff

/* The interval timer counts down this often a second. */
#define TIMER_INPUT_HZ 1193182

#define CODE_SEGMENT 0x08
#define PRESENT_INTERRUPT_GATE 0x8e00
#define STUB_SIZE 16

struct gate {
  u16 low;
  u16 segment;
  u16 kind;
  u16 high;
};

/* What vectors.S and the processor have pushed. */
struct frame {
  u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
  u32 vector, error;
  u32 eip, cs, eflags;
};

extern const u8 vector_stubs[];

volatile u32 ticks;
static struct gate idt[VECTORS];

static const char *const exceptions[] = {
    "divide error",        "debug",
    "NMI",                 "breakpoint",
    "overflow",            "bound range exceeded",
    "invalid opcode",      "no coprocessor",
    "double fault",        "coprocessor overrun",
    "invalid TSS",         "segment not present",
    "stack fault",         "general protection fault",
    "page fault",
};

/* Called by vectors.S with interrupts off. */
void interrupt(const struct frame *frame) {
  u32 vector = frame->vector;
  if (vector < FIRST_IRQ) {
    u32 known = sizeof exceptions / sizeof *exceptions;
    panic(vector < known ? exceptions[vector] : "unknown exception", frame->eip);
  }
  if (vector == TIMER) ticks++;
  if (vector >= SECOND_PIC) outb(PIC2, END_OF_INTERRUPT);
  outb(PIC1, END_OF_INTERRUPT);
}

static void pic_setup(void) {
  outb(PIC1, 0x11); /* Four bytes follow, of which the last says "8086". */
  outb(PIC2, 0x11);
  outb(PIC1 + 1, FIRST_IRQ);
  outb(PIC2 + 1, SECOND_PIC);
  outb(PIC1 + 1, 1 << 2); /* The second one hangs on line 2 of the first. */
  outb(PIC2 + 1, 2);
  outb(PIC1 + 1, 1);
  outb(PIC2 + 1, 1);
  outb(PIC1 + 1, MASK1);
  outb(PIC2 + 1, MASK2);
}

void interrupts_setup(void) {
  for (u32 vector = 0; vector < VECTORS; vector++) {
    u32 address = (u32)vector_stubs + vector * STUB_SIZE;
    idt[vector] = (struct gate){
        .low = (u16)address,
        .segment = CODE_SEGMENT,
        .kind = PRESENT_INTERRUPT_GATE,
        .high = (u16)(address >> 16),
    };
  }
  struct __attribute__((packed)) {
    u16 limit;
    u32 base;
  } pointer = {sizeof idt - 1, (u32)idt};
  __asm__ volatile("lidt %0" : : "m"(pointer));

  pic_setup();
  outb(0x43, 0x34); /* Channel 0, low byte then high byte, again and again. */
  outb(0x40, (TIMER_INPUT_HZ / HZ) & 0xff);
  outb(0x40, (TIMER_INPUT_HZ / HZ) >> 8);
}

/*
 * The line has the form of Linux's, by which whoever watches the serial port knows a panic. The
 * timer goes on, so that the machine is not taken for one that was switched off.
 */
void panic(const char *why, u32 at) {
  u32 seconds = ticks / HZ;
  print("\n[");
  for (u32 width = 10000; width > 1 && seconds < width; width /= 10) print(" ");
  print("%u.%u%u0000] Kernel panic - not syncing: %s at %x\n", seconds, ticks / (HZ / 10) % 10,
        ticks % (HZ / 10), why, at);
  for (;;) sleep_until_interrupt();
}
