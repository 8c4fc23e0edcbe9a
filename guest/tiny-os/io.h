/* The processor's instructions that C has no words for. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

static inline void outb(u16 port, u8 value) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 inb(u16 port) {
  u8 value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static inline void interrupts_on(void) { __asm__ volatile("sti" : : : "memory"); }

static inline void interrupts_off(void) { __asm__ volatile("cli" : : : "memory"); }

/* Sleeps until an interrupt. None can slip in between: `sti` takes effect after the next one. */
static inline void sleep_until_interrupt(void) { __asm__ volatile("sti; hlt" : : : "memory"); }
