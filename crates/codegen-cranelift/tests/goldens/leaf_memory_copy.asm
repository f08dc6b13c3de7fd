     0  pushq %rbp
     1  movq %rsp, %rbp
     4  cmpq $0x10, %rdx
     8  jbe 0x167
     e  cmpq $0x20, %rdx
    12  jbe 0x14e
    18  cmpq $0x40, %rdx
    1c  jbe 0x11f
    22  movq %rdi, %rax
    25  subq %rsi, %rax
    28  cmpq %rdx, %rax
    2b  jb 0xae
    31  vmovdqu -0x40(%rsi, %rdx), %xmm0 ; trap: out of bounds memory access
    37  vmovdqu -0x30(%rsi, %rdx), %xmm1 ; trap: out of bounds memory access
    3d  vmovdqu -0x20(%rsi, %rdx), %xmm2 ; trap: out of bounds memory access
    43  vmovdqu -0x10(%rsi, %rdx), %xmm3 ; trap: out of bounds memory access
    49  xorq %rax, %rax
    4c  movq %rdx, %rcx
    4f  subq $0x40, %rcx
    53  vmovdqu (%rsi, %rax), %xmm4 ; trap: out of bounds memory access
    58  vmovdqu 0x10(%rsi, %rax), %xmm5 ; trap: out of bounds memory access
    5e  vmovdqu 0x20(%rsi, %rax), %xmm6 ; trap: out of bounds memory access
    64  vmovdqu 0x30(%rsi, %rax), %xmm7 ; trap: out of bounds memory access
    6a  vmovdqu %xmm4, (%rdi, %rax) ; trap: out of bounds memory access
    6f  vmovdqu %xmm5, 0x10(%rdi, %rax) ; trap: out of bounds memory access
    75  vmovdqu %xmm6, 0x20(%rdi, %rax) ; trap: out of bounds memory access
    7b  vmovdqu %xmm7, 0x30(%rdi, %rax) ; trap: out of bounds memory access
    81  addq $0x40, %rax
    88  cmpq %rcx, %rax
    8b  jb 0x53
    91  vmovdqu %xmm0, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    97  vmovdqu %xmm1, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    9d  vmovdqu %xmm2, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    a3  vmovdqu %xmm3, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    a9  movq %rbp, %rsp
    ac  popq %rbp
    ad  retq
    ae  vmovdqu (%rsi), %xmm0 ; trap: out of bounds memory access
    b2  vmovdqu 0x10(%rsi), %xmm1 ; trap: out of bounds memory access
    b7  vmovdqu 0x20(%rsi), %xmm2 ; trap: out of bounds memory access
    bc  vmovdqu 0x30(%rsi), %xmm3 ; trap: out of bounds memory access
    c1  leaq -0x40(%rdx), %rax
    c5  vmovdqu -0x40(%rsi, %rdx), %xmm4 ; trap: out of bounds memory access
    cb  vmovdqu -0x30(%rsi, %rdx), %xmm5 ; trap: out of bounds memory access
    d1  vmovdqu -0x20(%rsi, %rdx), %xmm6 ; trap: out of bounds memory access
    d7  vmovdqu -0x10(%rsi, %rdx), %xmm7 ; trap: out of bounds memory access
    dd  vmovdqu %xmm4, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    e3  vmovdqu %xmm5, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    e9  vmovdqu %xmm6, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    ef  vmovdqu %xmm7, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    f5  cmpq $0x40, %rax
    f9  jbe 0x107
    ff  movq %rax, %rdx
   102  jmp 0xc1
   107  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
   10b  vmovdqu %xmm1, 0x10(%rdi) ; trap: out of bounds memory access
   110  vmovdqu %xmm2, 0x20(%rdi) ; trap: out of bounds memory access
   115  vmovdqu %xmm3, 0x30(%rdi) ; trap: out of bounds memory access
   11a  movq %rbp, %rsp
   11d  popq %rbp
   11e  retq
   11f  vmovdqu (%rsi), %xmm0 ; trap: out of bounds memory access
   123  vmovdqu 0x10(%rsi), %xmm1 ; trap: out of bounds memory access
   128  vmovdqu -0x20(%rsi, %rdx), %xmm2 ; trap: out of bounds memory access
   12e  vmovdqu -0x10(%rsi, %rdx), %xmm3 ; trap: out of bounds memory access
   134  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
   138  vmovdqu %xmm1, 0x10(%rdi) ; trap: out of bounds memory access
   13d  vmovdqu %xmm2, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
   143  vmovdqu %xmm3, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
   149  movq %rbp, %rsp
   14c  popq %rbp
   14d  retq
   14e  vmovdqu (%rsi), %xmm0 ; trap: out of bounds memory access
   152  vmovdqu -0x10(%rsi, %rdx), %xmm1 ; trap: out of bounds memory access
   158  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
   15c  vmovdqu %xmm1, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
   162  movq %rbp, %rsp
   165  popq %rbp
   166  retq
   167  cmpq $8, %rdx
   16b  jae 0x1c1
   171  cmpq $4, %rdx
   175  jae 0x1b0
   17b  cmpq $2, %rdx
   17f  jae 0x199
   185  testq %rdx, %rdx
   188  je 0x194
   18e  movzbq (%rsi), %rax ; trap: out of bounds memory access
   192  movb %al, (%rdi) ; trap: out of bounds memory access
   194  movq %rbp, %rsp
   197  popq %rbp
   198  retq
   199  movzwq (%rsi), %rax ; trap: out of bounds memory access
   19d  movzwq -2(%rsi, %rdx), %rcx ; trap: out of bounds memory access
   1a3  movw %ax, (%rdi) ; trap: out of bounds memory access
   1a6  movw %cx, -2(%rdi, %rdx) ; trap: out of bounds memory access
   1ab  movq %rbp, %rsp
   1ae  popq %rbp
   1af  retq
   1b0  movl (%rsi), %eax ; trap: out of bounds memory access
   1b2  movl -4(%rsi, %rdx), %ecx ; trap: out of bounds memory access
   1b6  movl %eax, (%rdi) ; trap: out of bounds memory access
   1b8  movl %ecx, -4(%rdi, %rdx) ; trap: out of bounds memory access
   1bc  movq %rbp, %rsp
   1bf  popq %rbp
   1c0  retq
   1c1  movq (%rsi), %rax ; trap: out of bounds memory access
   1c4  movq -8(%rsi, %rdx), %rcx ; trap: out of bounds memory access
   1c9  movq %rax, (%rdi) ; trap: out of bounds memory access
   1cc  movq %rcx, -8(%rdi, %rdx) ; trap: out of bounds memory access
   1d1  movq %rbp, %rsp
   1d4  popq %rbp
   1d5  retq
