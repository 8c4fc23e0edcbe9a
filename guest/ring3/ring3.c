/*
 * ring3 NAME: executes one instruction in a program, so in ring 3, and says what came of it. An
 * instruction that the processor refuses ends in a signal from the kernel; this program catches it,
 * which shows that the refusal reached the kernel and that nothing else happened.
 *
 * Exit status: 0 the instruction was executed, 1 it was refused, 2 there is no such name.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/** Interrupt flag of EFLAGS: whether the processor heeds devices. */
#define INTERRUPT_FLAG 0x200
/** Bits of CR0's low word that smsw stores, as the Intel SDM names them. */
#define CR0_PE 1
/** Where Linux maps itself on a 32-bit x86: its first page of code lies above. */
#define KERNEL_ADDRESS ((volatile const uint32_t *)0xc0100000)
/** Written to by PC programs that want to wait a moment; no device minds. */
#define DELAY_PORT 0x80

static sigjmp_buf before;
static volatile sig_atomic_t caught;

static void refuse(int signal)
{
	caught = signal;
	siglongjmp(before, 1);
}

/** Where the processor finds one of its tables, as sgdt and sidt store it. */
struct __attribute__((packed)) table {
	uint16_t limit;
	uint32_t base;
};

static uint32_t flags(void)
{
	uint32_t value;
	__asm__ volatile("pushfl; popl %0" : "=r"(value));
	return value;
}

static void cli(void) { __asm__ volatile("cli"); }
static void sti(void) { __asm__ volatile("sti"); }
static void hlt(void) { __asm__ volatile("hlt"); }
static void out(void) { __asm__ volatile("outb %%al, %0" : : "N"(DELAY_PORT), "a"(0)); }

static void in(void)
{
	uint8_t value;
	__asm__ volatile("inb %1, %0" : "=a"(value) : "N"(DELAY_PORT));
	printf("read %#x\n", value);
}

static void cr0(void)
{
	uint32_t value;
	__asm__ volatile("movl %%cr0, %0" : "=r"(value));
	printf("cr0 is %#x\n", value);
}

static void lidt(void)
{
	struct table empty = {0, 0};
	__asm__ volatile("lidt %0" : : "m"(empty));
}

static void kernel(void) { printf("the kernel's memory has %#x\n", *KERNEL_ADDRESS); }

static void kernel_write(void) { *(volatile uint32_t *)KERNEL_ADDRESS = 0; }

/** Asks for the interrupt flag to be cleared, as cli does, by loading all flags at once. */
static void popf(void)
{
	uint32_t asked = flags() & ~INTERRUPT_FLAG;
	__asm__ volatile("pushl %0; popfl" : : "r"(asked) : "cc");
	printf("asked for IF=0, got IF=%d\n", (flags() & INTERRUPT_FLAG) != 0);
}

static void sgdt(void)
{
	struct table found = {0, 0};
	__asm__ volatile("sgdt %0" : "=m"(found));
	printf("the table is at %#x\n", found.base);
}

static void sidt(void)
{
	struct table found = {0, 0};
	__asm__ volatile("sidt %0" : "=m"(found));
	printf("the table is at %#x\n", found.base);
}

static void smsw(void)
{
	uint32_t word = 0;
	__asm__ volatile("smsw %0" : "=r"(word));
	printf("the machine status word is %#x, protection is %s\n", word & 0xffff,
	       word & CR0_PE ? "on" : "off");
}

/** The way in that Linux has had on x86 since its beginning. */
static void int80(void)
{
	long pid;
	__asm__ volatile("int $0x80" : "=a"(pid) : "a"(SYS_getpid) : "memory");
	printf("the kernel answers: process %ld\n", pid);
}

static const struct {
	const char *name;
	void (*run)(void);
} attempts[] = {
	{"cli", cli},     {"sti", sti},   {"hlt", hlt},   {"in", in},
	{"out", out},     {"cr0", cr0},   {"lidt", lidt}, {"read", kernel},
	{"write", kernel_write},          {"popf", popf}, {"sgdt", sgdt},
	{"sidt", sidt},   {"smsw", smsw}, {"int80", int80},
};

static int attempt(const char *name, void (*run)(void))
{
	if (sigsetjmp(before, 1) == 0) {
		run();
		printf("%s: executed\n", name);
		return 0;
	}
	printf("%s: refused, signal %s\n", name,
	       caught == SIGSEGV ? "SIGSEGV" : caught == SIGILL ? "SIGILL" : "SIGBUS");
	return 1;
}

int main(int count, char **words)
{
	const int signals[] = {SIGSEGV, SIGILL, SIGBUS};
	struct sigaction action = {.sa_handler = refuse};
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
	for (unsigned i = 0; count == 2 && i < sizeof attempts / sizeof *attempts; i++)
		if (strcmp(words[1], attempts[i].name) == 0)
			return attempt(attempts[i].name, attempts[i].run);
	fprintf(stderr, "usage: ring3 NAME, one of:");
	for (unsigned i = 0; i < sizeof attempts / sizeof *attempts; i++)
		fprintf(stderr, " %s", attempts[i].name);
	fprintf(stderr, "\n");
	return 2;
}
