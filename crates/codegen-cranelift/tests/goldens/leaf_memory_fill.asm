     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  cmpq $0x10, %rdx
     a  jb 0xb3
    10  cmpq $0x20, %rdx
    14  jbe 0x9b
    1a  cmpq $0x40, %rdx
    1e  jbe 0x78
    24  vmovd %esi, %xmm0
    28  vpbroadcastb %xmm0, %xmm0
    2d  vmovdqu %xmm0, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    33  vmovdqu %xmm0, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    39  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    3f  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    45  xorq %rax, %rax
    48  vmovdqu %xmm0, (%rdi, %rax) ; trap: out of bounds memory access
    4d  vmovdqu %xmm0, 0x10(%rdi, %rax) ; trap: out of bounds memory access
    53  vmovdqu %xmm0, 0x20(%rdi, %rax) ; trap: out of bounds memory access
    59  vmovdqu %xmm0, 0x30(%rdi, %rax) ; trap: out of bounds memory access
    5f  addq $0x40, %rax
    66  leaq -0x40(%rdx), %rcx
    6a  cmpq %rcx, %rax
    6d  jb 0x48
    73  movq %rbp, %rsp
    76  popq %rbp
    77  retq
    78  vmovd %esi, %xmm0
    7c  vpbroadcastb %xmm0, %xmm0
    81  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
    85  vmovdqu %xmm0, 0x10(%rdi) ; trap: out of bounds memory access
    8a  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    90  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    96  movq %rbp, %rsp
    99  popq %rbp
    9a  retq
    9b  vmovd %esi, %xmm0
    9f  vpbroadcastb %xmm0, %xmm0
    a4  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
    a8  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    ae  movq %rbp, %rsp
    b1  popq %rbp
    b2  retq
    b3  cmpq $8, %rdx
    b7  jae 0x127
    bd  cmpq $4, %rdx
    c1  jae 0x10d
    c7  cmpq $2, %rdx
    cb  jae 0xf1
    d1  testq %rdx, %rdx
    d4  je 0xec
    da  andq $0xff, %rsi
    e1  imulq 0x5f(%rip), %rsi
    e9  movb %sil, (%rdi) ; trap: out of bounds memory access
    ec  movq %rbp, %rsp
    ef  popq %rbp
    f0  retq
    f1  andq $0xff, %rsi
    f8  imulq 0x48(%rip), %rsi
   100  movw %si, (%rdi) ; trap: out of bounds memory access
   103  movw %si, -2(%rdi, %rdx) ; trap: out of bounds memory access
   108  movq %rbp, %rsp
   10b  popq %rbp
   10c  retq
   10d  andq $0xff, %rsi
   114  imulq 0x2c(%rip), %rsi
   11c  movl %esi, (%rdi) ; trap: out of bounds memory access
   11e  movl %esi, -4(%rdi, %rdx) ; trap: out of bounds memory access
   122  movq %rbp, %rsp
   125  popq %rbp
   126  retq
   127  andq $0xff, %rsi
   12e  imulq 0x12(%rip), %rsi
   136  movq %rsi, (%rdi) ; trap: out of bounds memory access
   139  movq %rsi, -8(%rdi, %rdx) ; trap: out of bounds memory access
   13e  movq %rbp, %rsp
   141  popq %rbp
   142  retq
   148  data 01 01 01 01 01 01 01 01
