     0  cmpq $0xc0, %rdx
     7  jae 0x250
     d  nopl (%rax)
    10  pushq %rbp
    11  movq %rsp, %rbp
    14  cmpq $0x10, %rdx
    18  jbe 0x1df
    1e  cmpq $0x20, %rdx
    22  jbe 0x1c6
    28  cmpq $0x40, %rdx
    2c  jbe 0x197
    32  cmpq $0x80, %rdx
    39  jbe 0x13c
    3f  movq %rdi, %rax
    42  subq %rsi, %rax
    45  cmpq %rdx, %rax
    48  jb 0xcb
    4e  vmovdqu -0x40(%rsi, %rdx), %xmm0 ; trap: out of bounds memory access
    54  vmovdqu -0x30(%rsi, %rdx), %xmm1 ; trap: out of bounds memory access
    5a  vmovdqu -0x20(%rsi, %rdx), %xmm2 ; trap: out of bounds memory access
    60  vmovdqu -0x10(%rsi, %rdx), %xmm3 ; trap: out of bounds memory access
    66  xorq %rax, %rax
    69  movq %rdx, %rcx
    6c  subq $0x40, %rcx
    70  vmovdqu (%rsi, %rax), %xmm4 ; trap: out of bounds memory access
    75  vmovdqu 0x10(%rsi, %rax), %xmm5 ; trap: out of bounds memory access
    7b  vmovdqu 0x20(%rsi, %rax), %xmm6 ; trap: out of bounds memory access
    81  vmovdqu 0x30(%rsi, %rax), %xmm7 ; trap: out of bounds memory access
    87  vmovdqu %xmm4, (%rdi, %rax) ; trap: out of bounds memory access
    8c  vmovdqu %xmm5, 0x10(%rdi, %rax) ; trap: out of bounds memory access
    92  vmovdqu %xmm6, 0x20(%rdi, %rax) ; trap: out of bounds memory access
    98  vmovdqu %xmm7, 0x30(%rdi, %rax) ; trap: out of bounds memory access
    9e  addq $0x40, %rax
    a5  cmpq %rcx, %rax
    a8  jb 0x70
    ae  vmovdqu %xmm0, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    b4  vmovdqu %xmm1, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    ba  vmovdqu %xmm2, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    c0  vmovdqu %xmm3, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    c6  movq %rbp, %rsp
    c9  popq %rbp
    ca  retq
    cb  vmovdqu (%rsi), %xmm0 ; trap: out of bounds memory access
    cf  vmovdqu 0x10(%rsi), %xmm1 ; trap: out of bounds memory access
    d4  vmovdqu 0x20(%rsi), %xmm2 ; trap: out of bounds memory access
    d9  vmovdqu 0x30(%rsi), %xmm3 ; trap: out of bounds memory access
    de  leaq -0x40(%rdx), %r9
    e2  vmovdqu -0x40(%rsi, %rdx), %xmm4 ; trap: out of bounds memory access
    e8  vmovdqu -0x30(%rsi, %rdx), %xmm5 ; trap: out of bounds memory access
    ee  vmovdqu -0x20(%rsi, %rdx), %xmm6 ; trap: out of bounds memory access
    f4  vmovdqu -0x10(%rsi, %rdx), %xmm7 ; trap: out of bounds memory access
    fa  vmovdqu %xmm4, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
   100  vmovdqu %xmm5, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
   106  vmovdqu %xmm6, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
   10c  vmovdqu %xmm7, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
   112  cmpq $0x40, %r9
   116  jbe 0x124
   11c  movq %r9, %rdx
   11f  jmp 0xde
   124  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
   128  vmovdqu %xmm1, 0x10(%rdi) ; trap: out of bounds memory access
   12d  vmovdqu %xmm2, 0x20(%rdi) ; trap: out of bounds memory access
   132  vmovdqu %xmm3, 0x30(%rdi) ; trap: out of bounds memory access
   137  movq %rbp, %rsp
   13a  popq %rbp
   13b  retq
   13c  vmovdqu (%rsi), %xmm0 ; trap: out of bounds memory access
   140  vmovdqu 0x10(%rsi), %xmm1 ; trap: out of bounds memory access
   145  vmovdqu 0x20(%rsi), %xmm2 ; trap: out of bounds memory access
   14a  vmovdqu 0x30(%rsi), %xmm3 ; trap: out of bounds memory access
   14f  vmovdqu -0x40(%rsi, %rdx), %xmm4 ; trap: out of bounds memory access
   155  vmovdqu -0x30(%rsi, %rdx), %xmm5 ; trap: out of bounds memory access
   15b  vmovdqu -0x20(%rsi, %rdx), %xmm6 ; trap: out of bounds memory access
   161  vmovdqu -0x10(%rsi, %rdx), %xmm7 ; trap: out of bounds memory access
   167  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
   16b  vmovdqu %xmm1, 0x10(%rdi) ; trap: out of bounds memory access
   170  vmovdqu %xmm2, 0x20(%rdi) ; trap: out of bounds memory access
   175  vmovdqu %xmm3, 0x30(%rdi) ; trap: out of bounds memory access
   17a  vmovdqu %xmm4, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
   180  vmovdqu %xmm5, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
   186  vmovdqu %xmm6, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
   18c  vmovdqu %xmm7, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
   192  movq %rbp, %rsp
   195  popq %rbp
   196  retq
   197  vmovdqu (%rsi), %xmm0 ; trap: out of bounds memory access
   19b  vmovdqu 0x10(%rsi), %xmm1 ; trap: out of bounds memory access
   1a0  vmovdqu -0x20(%rsi, %rdx), %xmm2 ; trap: out of bounds memory access
   1a6  vmovdqu -0x10(%rsi, %rdx), %xmm3 ; trap: out of bounds memory access
   1ac  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
   1b0  vmovdqu %xmm1, 0x10(%rdi) ; trap: out of bounds memory access
   1b5  vmovdqu %xmm2, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
   1bb  vmovdqu %xmm3, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
   1c1  movq %rbp, %rsp
   1c4  popq %rbp
   1c5  retq
   1c6  vmovdqu (%rsi), %xmm0 ; trap: out of bounds memory access
   1ca  vmovdqu -0x10(%rsi, %rdx), %xmm1 ; trap: out of bounds memory access
   1d0  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
   1d4  vmovdqu %xmm1, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
   1da  movq %rbp, %rsp
   1dd  popq %rbp
   1de  retq
   1df  cmpq $8, %rdx
   1e3  jae 0x239
   1e9  cmpq $4, %rdx
   1ed  jae 0x228
   1f3  cmpq $2, %rdx
   1f7  jae 0x211
   1fd  testq %rdx, %rdx
   200  je 0x20c
   206  movzbq (%rsi), %rax ; trap: out of bounds memory access
   20a  movb %al, (%rdi) ; trap: out of bounds memory access
   20c  movq %rbp, %rsp
   20f  popq %rbp
   210  retq
   211  movzwq (%rsi), %rax ; trap: out of bounds memory access
   215  movzwq -2(%rsi, %rdx), %rcx ; trap: out of bounds memory access
   21b  movw %ax, (%rdi) ; trap: out of bounds memory access
   21e  movw %cx, -2(%rdi, %rdx) ; trap: out of bounds memory access
   223  movq %rbp, %rsp
   226  popq %rbp
   227  retq
   228  movl (%rsi), %eax ; trap: out of bounds memory access
   22a  movl -4(%rsi, %rdx), %ecx ; trap: out of bounds memory access
   22e  movl %eax, (%rdi) ; trap: out of bounds memory access
   230  movl %ecx, -4(%rdi, %rdx) ; trap: out of bounds memory access
   234  movq %rbp, %rsp
   237  popq %rbp
   238  retq
   239  movq (%rsi), %rax ; trap: out of bounds memory access
   23c  movq -8(%rsi, %rdx), %rcx ; trap: out of bounds memory access
   241  movq %rax, (%rdi) ; trap: out of bounds memory access
   244  movq %rcx, -8(%rdi, %rdx) ; trap: out of bounds memory access
   249  movq %rbp, %rsp
   24c  popq %rbp
   24d  retq
   24e  int3
   24f  int3
   250  pushq %rbp
   251  movq %rsp, %rbp
   254  movq %rdi, %rax
   257  subq %rsi, %rax
   25a  cmpq %rdx, %rax
   25d  jb 0x34b
   263  movq %rdi, %r9
   266  movq %rsi, %rcx
   269  addq %rdx, %rcx
   26c  vmovdqu (%rsi), %ymm0 ; trap: out of bounds memory access
   275  vmovdqu -0x80(%rcx), %ymm1 ; trap: out of bounds memory access
   27e  vmovdqu -0x60(%rcx), %ymm2 ; trap: out of bounds memory access
   287  vmovdqu -0x40(%rcx), %ymm3 ; trap: out of bounds memory access
   290  vmovdqu -0x20(%rcx), %ymm4 ; trap: out of bounds memory access
   299  movq %rdi, %r8
   29c  addq %rdx, %r8
   29f  addq $-0x80, %r8
   2a6  subq %rdi, %rsi
   2a9  orq $0x1f, %rdi
   2b0  addq $1, %rdi
   2b7  addq %rdi, %rsi
   2ba  vmovdqu (%rsi), %ymm5 ; trap: out of bounds memory access
   2c3  vmovdqu 0x20(%rsi), %ymm6 ; trap: out of bounds memory access
   2cc  vmovdqu 0x40(%rsi), %ymm7 ; trap: out of bounds memory access
   2d5  vmovdqu 0x60(%rsi), %ymm8 ; trap: out of bounds memory access
   2de  vmovdqu %ymm5, (%rdi) ; trap: out of bounds memory access
   2e7  vmovdqu %ymm6, 0x20(%rdi) ; trap: out of bounds memory access
   2f0  vmovdqu %ymm7, 0x40(%rdi) ; trap: out of bounds memory access
   2f9  vmovdqu %ymm8, 0x60(%rdi) ; trap: out of bounds memory access
   302  addq $0x80, %rsi
   309  addq $0x80, %rdi
   310  cmpq %r8, %rdi
   313  jb 0x2ba
   319  vmovdqu %ymm1, (%r8) ; trap: out of bounds memory access
   322  vmovdqu %ymm2, 0x20(%r8) ; trap: out of bounds memory access
   32b  vmovdqu %ymm3, 0x40(%r8) ; trap: out of bounds memory access
   334  vmovdqu %ymm4, 0x60(%r8) ; trap: out of bounds memory access
   33d  vmovdqu %ymm0, (%r9) ; trap: out of bounds memory access
   346  vzeroupper
   349  popq %rbp
   34a  retq
   34b  movq %rdi, %r9
   34e  movq %rdi, %r8
   351  addq $0x80, %r8
   358  vmovdqu (%rsi), %ymm1 ; trap: out of bounds memory access
   361  vmovdqu 0x20(%rsi), %ymm2 ; trap: out of bounds memory access
   36a  vmovdqu 0x40(%rsi), %ymm3 ; trap: out of bounds memory access
   373  vmovdqu 0x60(%rsi), %ymm4 ; trap: out of bounds memory access
   37c  subq %rdi, %rsi
   37f  addq %rdx, %rdi
   382  movq %rdi, %rcx
   385  movq %rsi, %rax
   388  addq %rdi, %rax
   38b  vmovdqu -0x20(%rax), %ymm0 ; trap: out of bounds memory access
   394  andq $0xffffffffffffffe0, %rdi
   39b  addq %rdi, %rsi
   39e  vmovdqu -0x80(%rsi), %ymm5 ; trap: out of bounds memory access
   3a7  vmovdqu -0x60(%rsi), %ymm6 ; trap: out of bounds memory access
   3b0  vmovdqu -0x40(%rsi), %ymm7 ; trap: out of bounds memory access
   3b9  vmovdqu -0x20(%rsi), %ymm8 ; trap: out of bounds memory access
   3c2  vmovdqu %ymm5, -0x80(%rdi) ; trap: out of bounds memory access
   3cb  vmovdqu %ymm6, -0x60(%rdi) ; trap: out of bounds memory access
   3d4  vmovdqu %ymm7, -0x40(%rdi) ; trap: out of bounds memory access
   3dd  vmovdqu %ymm8, -0x20(%rdi) ; trap: out of bounds memory access
   3e6  addq $-0x80, %rsi
   3ed  addq $-0x80, %rdi
   3f4  cmpq %r8, %rdi
   3f7  ja 0x39e
   3fd  vmovdqu %ymm1, (%r9) ; trap: out of bounds memory access
   406  vmovdqu %ymm2, 0x20(%r9) ; trap: out of bounds memory access
   40f  vmovdqu %ymm3, 0x40(%r9) ; trap: out of bounds memory access
   418  vmovdqu %ymm4, 0x60(%r9) ; trap: out of bounds memory access
   421  vmovdqu %ymm0, -0x20(%rcx) ; trap: out of bounds memory access
   42a  vzeroupper
   42d  popq %rbp
   42e  retq
