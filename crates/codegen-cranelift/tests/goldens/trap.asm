own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rsi, %rax
     7  movq %rdx, %r11
     a  cltd
     b  testl %r11d, %r11d
     e  je 0x1c
    14  idivl %r11d ; trap: integer overflow
    17  movq %rbp, %rsp
    1a  popq %rbp
    1b  retq
    1c  ud2 ; trap: integer divide by zero
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rsi, %rax
     7  movq %rdx, %r9
     a  cltd
     b  cmpl $-1, %r9d
     f  jne 0x1f
    15  movl $0, %edx
    1a  jmp 0x22
    1f  idivl %r9d ; trap: integer divide by zero
    22  movq %rdx, %rax
    25  movq %rbp, %rsp
    28  popq %rbp
    29  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rsi, %rdx
     7  mulxl 8(%rip), %eax, %eax
    10  shrl $3, %eax
    13  movq %rbp, %rsp
    16  popq %rbp
    17  retq
    18  data cd cc cc cc 00 00 00 00
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  cvttsd2si %xmm0, %eax
     8  cmpl $1, %eax
     b  jno 0x42
    11  ucomisd %xmm0, %xmm0
    15  jp 0x47
    1b  movabsq $13970166044105375744, %rsi
    25  movq %rsi, %xmm3
    2a  ucomisd %xmm3, %xmm0
    2e  jbe 0x49
    34  xorpd %xmm3, %xmm3
    38  ucomisd %xmm0, %xmm3
    3c  jb 0x4b
    42  movq %rbp, %rsp
    45  popq %rbp
    46  retq
    47  ud2 ; trap: invalid conversion to integer
    49  ud2 ; trap: integer overflow
    4b  ud2 ; trap: integer overflow
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  testl %esi, %esi
     6  jl 0x11
     c  movq %rbp, %rsp
     f  popq %rbp
    10  retq
    11  ud2 ; trap: unreachable
