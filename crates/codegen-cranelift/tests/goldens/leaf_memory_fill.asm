     0  cmpq $0xc0, %rdx
     7  jae 0x160
     d  nop
    10  pushq %rbp
    11  movq %rsp, %rbp
    14  cmpq $0x10, %rdx
    18  jb 0xc1
    1e  cmpq $0x20, %rdx
    22  jbe 0xa9
    28  cmpq $0x40, %rdx
    2c  jbe 0x86
    32  vmovd %esi, %xmm0
    36  vpbroadcastb %xmm0, %xmm0
    3b  vmovdqu %xmm0, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    41  vmovdqu %xmm0, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    47  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    4d  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    53  xorq %rax, %rax
    56  vmovdqu %xmm0, (%rdi, %rax) ; trap: out of bounds memory access
    5b  vmovdqu %xmm0, 0x10(%rdi, %rax) ; trap: out of bounds memory access
    61  vmovdqu %xmm0, 0x20(%rdi, %rax) ; trap: out of bounds memory access
    67  vmovdqu %xmm0, 0x30(%rdi, %rax) ; trap: out of bounds memory access
    6d  addq $0x40, %rax
    74  leaq -0x40(%rdx), %rcx
    78  cmpq %rcx, %rax
    7b  jb 0x56
    81  movq %rbp, %rsp
    84  popq %rbp
    85  retq
    86  vmovd %esi, %xmm0
    8a  vpbroadcastb %xmm0, %xmm0
    8f  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
    93  vmovdqu %xmm0, 0x10(%rdi) ; trap: out of bounds memory access
    98  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    9e  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    a4  movq %rbp, %rsp
    a7  popq %rbp
    a8  retq
    a9  vmovd %esi, %xmm0
    ad  vpbroadcastb %xmm0, %xmm0
    b2  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
    b6  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    bc  movq %rbp, %rsp
    bf  popq %rbp
    c0  retq
    c1  cmpq $8, %rdx
    c5  jae 0x138
    cb  cmpq $4, %rdx
    cf  jae 0x11c
    d5  cmpq $2, %rdx
    d9  jae 0xff
    df  testq %rdx, %rdx
    e2  je 0xfa
    e8  movl %esi, %eax
    ea  andq $0xff, %rax
    f0  imulq 0x60(%rip), %rax
    f8  movb %al, (%rdi) ; trap: out of bounds memory access
    fa  movq %rbp, %rsp
    fd  popq %rbp
    fe  retq
    ff  movl %esi, %eax
   101  andq $0xff, %rax
   107  imulq 0x49(%rip), %rax
   10f  movw %ax, (%rdi) ; trap: out of bounds memory access
   112  movw %ax, -2(%rdi, %rdx) ; trap: out of bounds memory access
   117  movq %rbp, %rsp
   11a  popq %rbp
   11b  retq
   11c  movl %esi, %esi
   11e  andq $0xff, %rsi
   125  imulq 0x2b(%rip), %rsi
   12d  movl %esi, (%rdi) ; trap: out of bounds memory access
   12f  movl %esi, -4(%rdi, %rdx) ; trap: out of bounds memory access
   133  movq %rbp, %rsp
   136  popq %rbp
   137  retq
   138  movl %esi, %esi
   13a  andq $0xff, %rsi
   141  imulq 0xf(%rip), %rsi
   149  movq %rsi, (%rdi) ; trap: out of bounds memory access
   14c  movq %rsi, -8(%rdi, %rdx) ; trap: out of bounds memory access
   151  movq %rbp, %rsp
   154  popq %rbp
   155  retq
   158  data 01 01 01 01 01 01 01 01 55 48 89 e5 c5 f9 6e c6
   168  data c4 e2 7d 78 c0 49 89 f8 49 01 d0 49 81 c0 80 ff
   178  data ff ff c4 c1 7e 7f 80 00 00 00 00 c4 c1 7e 7f 80
   188  data 20 00 00 00 c4 c1 7e 7f 80 40 00 00 00 c4 c1 7e
   198  data 7f 80 60 00 00 00 c4 e1 7e 7f 87 00 00 00 00 48
   1a8  data 81 cf 1f 00 00 00 48 81 c7 01 00 00 00 c4 e1 7e
   1b8  data 7f 87 00 00 00 00 c4 e1 7e 7f 87 20 00 00 00 c4
   1c8  data e1 7e 7f 87 40 00 00 00 c4 e1 7e 7f 87 60 00 00
   1d8  data 00 48 81 c7 80 00 00 00 4c 39 c7 0f 82 cc ff ff
   1e8  data ff c5 f8 77 5d c3
