own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  vpxor %xmm0, %xmm0, %xmm0
     8  movl %esi, %eax
     a  vmovdqu (%rdi, %rax), %xmm1 ; trap: out of bounds memory access
     f  movl %edx, %eax
    11  vmovdqu (%rdi, %rax), %xmm2 ; trap: out of bounds memory access
    16  vmulps %xmm2, %xmm1, %xmm1
    1a  vaddps %xmm1, %xmm0, %xmm0
    1e  subl $4, %ecx
    21  addl $0x10, %esi
    27  addl $0x10, %edx
    2d  testl %ecx, %ecx
    2f  jne 8
    35  movq %rbp, %rsp
    38  popq %rbp
    39  retq
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
