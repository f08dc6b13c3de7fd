own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  vxorpd %xmm0, %xmm0, %xmm0
     8  xorl %r9d, %r9d
     b  leal (%rsi, %r9, 8), %eax
     f  vmovsd (%rdi, %rax), %xmm1 ; trap: out of bounds memory access
    14  movl %edx, %eax
    16  vmovsd (%rdi, %rax), %xmm2 ; trap: out of bounds memory access
    1b  vmulsd %xmm2, %xmm1, %xmm1
    1f  vaddsd %xmm1, %xmm0, %xmm0
    23  addl %ecx, %edx
    25  addl $1, %r9d
    2c  cmpl %r8d, %r9d
    2f  jb 0xb
    35  movq %rbp, %rsp
    38  popq %rbp
    39  retq
