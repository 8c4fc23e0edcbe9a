# Where the processor goes on an exception or a device's interrupt: one stub a vector, because the
# processor does not tell the vector otherwise.

    .text
    .macro stub vector
    .balign 16
    # These push an error code themselves; for the others push one, so that all frames are alike.
    .if !(\vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21)
    pushl $0
    .endif
    pushl $\vector
    jmp common
    .endm

    .globl vector_stubs
    .balign 16
vector_stubs:
    .altmacro
    .set vector, 0
    .rept 48
    stub %vector
    .set vector, vector + 1
    .endr
    .noaltmacro

common:
    pusha
    cld
    pushl %esp
    call interrupt
    addl $4, %esp
    popa
    addl $8, %esp               # Vector and error code.
    iret
