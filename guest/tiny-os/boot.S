# The first sector of the floppy disk. The firmware loads these 512 bytes to 0x7c00 and jumps to
# them in real mode; they load the rest right behind themselves and switch to protected mode.
# The firmware is not used after that.

    .set SECTORS_PER_TRACK, 18
    .set SECTOR, 512
    .set CODE, 0x08
    .set DATA, 0x10

    .section .boot, "ax"
    .code16
    .globl start
start:
    ljmp $0, $1f                # Some firmware jumps to 07c0:0000 instead of 0000:7c00.
1:  xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %ss
    movw $start, %sp            # The stack grows down from here to the firmware's data.
    cld
    movb %dl, drive

    movw $0x0003, %ax           # Text mode with 80 columns; clears the screen.
    int $0x10

    movw $(0x7c00 + SECTOR) / 16, %ax
    movw %ax, %es
    movw $1, %si                # Next sector, counted from the disk's start.
read:
    movw %si, %ax
    xorw %dx, %dx
    movw $SECTORS_PER_TRACK, %cx
    divw %cx
    movb %dl, %cl
    incb %cl                    # Sectors of a track count from 1.
    movb %al, %dh
    andb $1, %dh                # Two heads: tracks alternate between the sides.
    shrb $1, %al
    movb %al, %ch
    movb drive, %dl
    xorw %bx, %bx
    movw $0x0201, %ax           # Read one sector to ES:BX.
    int $0x13
    jc failed
    movw %es, %ax
    addw $SECTOR / 16, %ax
    movw %ax, %es
    incw %si
    cmpw $image_sectors, %si
    jb read

    int $0x12                   # KiB below 640 KiB.
    movw %ax, low_kib
    movw $0xe801, %ax           # KiB from 1 to 16 MiB, then 64 KiB blocks above.
    int $0x15
    jc 1f
    movw %ax, middle_kib
    movw %bx, high_blocks
1:
    cli
    inb $0x92, %al              # Address line 20 was switched off to be like an 8086.
    orb $0x02, %al
    andb $0xfe, %al
    outb %al, $0x92
    lgdt gdt_pointer
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0             # Protected mode from here on.
    ljmp $CODE, $protected

failed:
    movw $message, %si
1:  lodsb
    testb %al, %al
    jz 2f
    movb $0x0e, %ah
    xorw %bx, %bx
    int $0x10
    jmp 1b
2:  cli
    hlt

    .code32
protected:
    movw $DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movl $start, %esp
    movl $bss_start, %edi
    movl $bss_end, %ecx
    subl %edi, %ecx
    xorl %eax, %eax
    rep stosb
    call kernel_main
1:  hlt
    jmp 1b

# Two segments, both from 0 to 4 GiB: segmentation is on, as it must be, and does nothing.
    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9a000000ffff    # Code, ring 0.
    .quad 0x00cf92000000ffff    # Data, ring 0.
gdt_pointer:
    .word . - gdt - 1
    .long gdt

message:
    .asciz "tiny-os: cannot read the disk"
drive:
    .byte 0

    .globl low_kib, middle_kib, high_blocks
    .balign 2
low_kib:
    .word 0
middle_kib:
    .word 0
high_blocks:
    .word 0

    .org SECTOR - 2
    .word 0xaa55                # What tells the firmware that this sector can be booted.
