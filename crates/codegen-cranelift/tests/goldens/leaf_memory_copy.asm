     0  cmpq $0xc0, %rdx
     7  jae 0x1f0
     d  nop
    10  pushq %rbp
    11  movq %rsp, %rbp
    14  cmpq $0x10, %rdx
    18  jbe 0x177
    1e  cmpq $0x20, %rdx
    22  jbe 0x15e
    28  cmpq $0x40, %rdx
    2c  jbe 0x12f
    32  movq %rdi, %rax
    35  subq %rsi, %rax
    38  cmpq %rdx, %rax
    3b  jb 0xbe
    41  vmovdqu -0x40(%rsi, %rdx), %xmm0 ; trap: out of bounds memory access
    47  vmovdqu -0x30(%rsi, %rdx), %xmm1 ; trap: out of bounds memory access
    4d  vmovdqu -0x20(%rsi, %rdx), %xmm2 ; trap: out of bounds memory access
    53  vmovdqu -0x10(%rsi, %rdx), %xmm3 ; trap: out of bounds memory access
    59  xorq %rax, %rax
    5c  movq %rdx, %rcx
    5f  subq $0x40, %rcx
    63  vmovdqu (%rsi, %rax), %xmm4 ; trap: out of bounds memory access
    68  vmovdqu 0x10(%rsi, %rax), %xmm5 ; trap: out of bounds memory access
    6e  vmovdqu 0x20(%rsi, %rax), %xmm6 ; trap: out of bounds memory access
    74  vmovdqu 0x30(%rsi, %rax), %xmm7 ; trap: out of bounds memory access
    7a  vmovdqu %xmm4, (%rdi, %rax) ; trap: out of bounds memory access
    7f  vmovdqu %xmm5, 0x10(%rdi, %rax) ; trap: out of bounds memory access
    85  vmovdqu %xmm6, 0x20(%rdi, %rax) ; trap: out of bounds memory access
    8b  vmovdqu %xmm7, 0x30(%rdi, %rax) ; trap: out of bounds memory access
    91  addq $0x40, %rax
    98  cmpq %rcx, %rax
    9b  jb 0x63
    a1  vmovdqu %xmm0, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    a7  vmovdqu %xmm1, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    ad  vmovdqu %xmm2, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    b3  vmovdqu %xmm3, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    b9  movq %rbp, %rsp
    bc  popq %rbp
    bd  retq
    be  vmovdqu (%rsi), %xmm0 ; trap: out of bounds memory access
    c2  vmovdqu 0x10(%rsi), %xmm1 ; trap: out of bounds memory access
    c7  vmovdqu 0x20(%rsi), %xmm2 ; trap: out of bounds memory access
    cc  vmovdqu 0x30(%rsi), %xmm3 ; trap: out of bounds memory access
    d1  leaq -0x40(%rdx), %rax
    d5  vmovdqu -0x40(%rsi, %rdx), %xmm4 ; trap: out of bounds memory access
    db  vmovdqu -0x30(%rsi, %rdx), %xmm5 ; trap: out of bounds memory access
    e1  vmovdqu -0x20(%rsi, %rdx), %xmm6 ; trap: out of bounds memory access
    e7  vmovdqu -0x10(%rsi, %rdx), %xmm7 ; trap: out of bounds memory access
    ed  vmovdqu %xmm4, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    f3  vmovdqu %xmm5, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    f9  vmovdqu %xmm6, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    ff  vmovdqu %xmm7, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
   105  cmpq $0x40, %rax
   109  jbe 0x117
   10f  movq %rax, %rdx
   112  jmp 0xd1
   117  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
   11b  vmovdqu %xmm1, 0x10(%rdi) ; trap: out of bounds memory access
   120  vmovdqu %xmm2, 0x20(%rdi) ; trap: out of bounds memory access
   125  vmovdqu %xmm3, 0x30(%rdi) ; trap: out of bounds memory access
   12a  movq %rbp, %rsp
   12d  popq %rbp
   12e  retq
   12f  vmovdqu (%rsi), %xmm0 ; trap: out of bounds memory access
   133  vmovdqu 0x10(%rsi), %xmm1 ; trap: out of bounds memory access
   138  vmovdqu -0x20(%rsi, %rdx), %xmm2 ; trap: out of bounds memory access
   13e  vmovdqu -0x10(%rsi, %rdx), %xmm3 ; trap: out of bounds memory access
   144  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
   148  vmovdqu %xmm1, 0x10(%rdi) ; trap: out of bounds memory access
   14d  vmovdqu %xmm2, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
   153  vmovdqu %xmm3, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
   159  movq %rbp, %rsp
   15c  popq %rbp
   15d  retq
   15e  vmovdqu (%rsi), %xmm0 ; trap: out of bounds memory access
   162  vmovdqu -0x10(%rsi, %rdx), %xmm1 ; trap: out of bounds memory access
   168  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
   16c  vmovdqu %xmm1, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
   172  movq %rbp, %rsp
   175  popq %rbp
   176  retq
   177  cmpq $8, %rdx
   17b  jae 0x1d1
   181  cmpq $4, %rdx
   185  jae 0x1c0
   18b  cmpq $2, %rdx
   18f  jae 0x1a9
   195  testq %rdx, %rdx
   198  je 0x1a4
   19e  movzbq (%rsi), %rax ; trap: out of bounds memory access
   1a2  movb %al, (%rdi) ; trap: out of bounds memory access
   1a4  movq %rbp, %rsp
   1a7  popq %rbp
   1a8  retq
   1a9  movzwq (%rsi), %rax ; trap: out of bounds memory access
   1ad  movzwq -2(%rsi, %rdx), %rcx ; trap: out of bounds memory access
   1b3  movw %ax, (%rdi) ; trap: out of bounds memory access
   1b6  movw %cx, -2(%rdi, %rdx) ; trap: out of bounds memory access
   1bb  movq %rbp, %rsp
   1be  popq %rbp
   1bf  retq
   1c0  movl (%rsi), %eax ; trap: out of bounds memory access
   1c2  movl -4(%rsi, %rdx), %ecx ; trap: out of bounds memory access
   1c6  movl %eax, (%rdi) ; trap: out of bounds memory access
   1c8  movl %ecx, -4(%rdi, %rdx) ; trap: out of bounds memory access
   1cc  movq %rbp, %rsp
   1cf  popq %rbp
   1d0  retq
   1d1  movq (%rsi), %rax ; trap: out of bounds memory access
   1d4  movq -8(%rsi, %rdx), %rcx ; trap: out of bounds memory access
   1d9  movq %rax, (%rdi) ; trap: out of bounds memory access
   1dc  movq %rcx, -8(%rdi, %rdx) ; trap: out of bounds memory access
   1e1  movq %rbp, %rsp
   1e4  popq %rbp
   1e5  retq
   1e6  int3
   1e7  int3
   1e8  int3
   1e9  int3
   1ea  int3
   1eb  int3
   1ec  int3
   1ed  int3
   1ee  int3
   1ef  int3
   1f0  pushq %rbp
   1f1  movq %rsp, %rbp
   1f4  movq %rdi, %rax
   1f7  subq %rsi, %rax
   1fa  cmpq %rdx, %rax
   1fd  jb 0x2eb
   203  movq %rdi, %r9
   206  movq %rsi, %rcx
   209  addq %rdx, %rcx
   20c  vmovdqu (%rsi), %ymm0 ; trap: out of bounds memory access
   215  vmovdqu -0x80(%rcx), %ymm1 ; trap: out of bounds memory access
   21e  vmovdqu -0x60(%rcx), %ymm2 ; trap: out of bounds memory access
   227  vmovdqu -0x40(%rcx), %ymm3 ; trap: out of bounds memory access
   230  vmovdqu -0x20(%rcx), %ymm4 ; trap: out of bounds memory access
   239  movq %rdi, %r8
   23c  addq %rdx, %r8
   23f  addq $-0x80, %r8
   246  subq %rdi, %rsi
   249  orq $0x1f, %rdi
   250  addq $1, %rdi
   257  addq %rdi, %rsi
   25a  vmovdqu (%rsi), %ymm5 ; trap: out of bounds memory access
   263  vmovdqu 0x20(%rsi), %ymm6 ; trap: out of bounds memory access
   26c  vmovdqu 0x40(%rsi), %ymm7 ; trap: out of bounds memory access
   275  vmovdqu 0x60(%rsi), %ymm8 ; trap: out of bounds memory access
   27e  vmovdqu %ymm5, (%rdi) ; trap: out of bounds memory access
   287  vmovdqu %ymm6, 0x20(%rdi) ; trap: out of bounds memory access
   290  vmovdqu %ymm7, 0x40(%rdi) ; trap: out of bounds memory access
   299  vmovdqu %ymm8, 0x60(%rdi) ; trap: out of bounds memory access
   2a2  addq $0x80, %rsi
   2a9  addq $0x80, %rdi
   2b0  cmpq %r8, %rdi
   2b3  jb 0x25a
   2b9  vmovdqu %ymm1, (%r8) ; trap: out of bounds memory access
   2c2  vmovdqu %ymm2, 0x20(%r8) ; trap: out of bounds memory access
   2cb  vmovdqu %ymm3, 0x40(%r8) ; trap: out of bounds memory access
   2d4  vmovdqu %ymm4, 0x60(%r8) ; trap: out of bounds memory access
   2dd  vmovdqu %ymm0, (%r9) ; trap: out of bounds memory access
   2e6  vzeroupper
   2e9  popq %rbp
   2ea  retq
   2eb  movq %rdi, %r9
   2ee  movq %rdi, %r8
   2f1  addq $0x80, %r8
   2f8  vmovdqu (%rsi), %ymm1 ; trap: out of bounds memory access
   301  vmovdqu 0x20(%rsi), %ymm2 ; trap: out of bounds memory access
   30a  vmovdqu 0x40(%rsi), %ymm3 ; trap: out of bounds memory access
   313  vmovdqu 0x60(%rsi), %ymm4 ; trap: out of bounds memory access
   31c  subq %rdi, %rsi
   31f  addq %rdx, %rdi
   322  movq %rdi, %rcx
   325  movq %rsi, %rax
   328  addq %rdi, %rax
   32b  vmovdqu -0x20(%rax), %ymm0 ; trap: out of bounds memory access
   334  andq $0xffffffffffffffe0, %rdi
   33b  addq %rdi, %rsi
   33e  vmovdqu -0x80(%rsi), %ymm5 ; trap: out of bounds memory access
   347  vmovdqu -0x60(%rsi), %ymm6 ; trap: out of bounds memory access
   350  vmovdqu -0x40(%rsi), %ymm7 ; trap: out of bounds memory access
   359  vmovdqu -0x20(%rsi), %ymm8 ; trap: out of bounds memory access
   362  vmovdqu %ymm5, -0x80(%rdi) ; trap: out of bounds memory access
   36b  vmovdqu %ymm6, -0x60(%rdi) ; trap: out of bounds memory access
   374  vmovdqu %ymm7, -0x40(%rdi) ; trap: out of bounds memory access
   37d  vmovdqu %ymm8, -0x20(%rdi) ; trap: out of bounds memory access
   386  addq $-0x80, %rsi
   38d  addq $-0x80, %rdi
   394  cmpq %r8, %rdi
   397  ja 0x33e
   39d  vmovdqu %ymm1, (%r9) ; trap: out of bounds memory access
   3a6  vmovdqu %ymm2, 0x20(%r9) ; trap: out of bounds memory access
   3af  vmovdqu %ymm3, 0x40(%r9) ; trap: out of bounds memory access
   3b8  vmovdqu %ymm4, 0x60(%r9) ; trap: out of bounds memory access
   3c1  vmovdqu %ymm0, -0x20(%rcx) ; trap: out of bounds memory access
   3ca  vzeroupper
   3cd  popq %rbp
   3ce  retq
