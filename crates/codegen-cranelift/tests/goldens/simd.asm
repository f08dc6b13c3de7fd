own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %edx, %r8d
     7  movl %esi, %r9d
     a  vpxor %xmm0, %xmm0, %xmm0
     e  vmovdqu (%rdi, %r9), %xmm1 ; trap: out of bounds memory access
    14  vmovdqu (%rdi, %r8), %xmm2 ; trap: out of bounds memory access
    1a  vmulps %xmm2, %xmm1, %xmm1
    1e  vaddps %xmm1, %xmm0, %xmm0
    22  subl $4, %ecx
    25  addl $0x10, %r9d
    2c  addl $0x10, %r8d
    33  testl %ecx, %ecx
    35  jne 0xe
    3b  movq %rbp, %rsp
    3e  popq %rbp
    3f  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  vminps %xmm0, %xmm1, %xmm0
     8  movq %rbp, %rsp
     b  popq %rbp
     c  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  vpmaxsd %xmm1, %xmm0, %xmm0
     9  movq %rbp, %rsp
     c  popq %rbp
     d  retq
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  vpunpcklbw %xmm1, %xmm0, %xmm0
     8  movq %rbp, %rsp
     b  popq %rbp
     c  retq
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  vfmadd213pd %xmm2, %xmm1, %xmm0
     9  movq %rbp, %rsp
     c  popq %rbp
     d  retq
own function 5
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  vxorpd %xmm2, %xmm2, %xmm4
     8  vmaxpd %xmm4, %xmm0, %xmm6
     c  vminpd 0x1c(%rip), %xmm6, %xmm0
    14  vroundpd $3, %xmm0, %xmm0
    1a  vaddpd 0x1e(%rip), %xmm0, %xmm0
    22  vshufps $0x88, %xmm4, %xmm0, %xmm0
    27  movq %rbp, %rsp
    2a  popq %rbp
    2b  retq
    30  data 00 00 e0 ff ff ff ef 41 00 00 e0 ff ff ff ef 41
    40  data 00 00 00 00 00 00 30 43 00 00 00 00 00 00 30 43
