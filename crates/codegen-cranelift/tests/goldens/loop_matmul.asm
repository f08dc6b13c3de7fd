own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %edx, %r9d
     7  vxorpd %xmm0, %xmm0, %xmm0
     b  xorl %r10d, %r10d
     e  leal (%rsi, %r10, 8), %eax
    12  vmovsd (%rdi, %rax), %xmm1 ; trap: out of bounds memory access
    17  vmovsd (%rdi, %r9), %xmm2 ; trap: out of bounds memory access
    1d  vmulsd %xmm2, %xmm1, %xmm1
    21  vaddsd %xmm1, %xmm0, %xmm0
    25  addl %ecx, %r9d
    28  addl $1, %r10d
    2f  cmpl %r8d, %r10d
    32  jb 0xe
    38  movq %rbp, %rsp
    3b  popq %rbp
    3c  retq
