     0  cmpq $0xc0, %rdx
     7  jae 0x160
     d  nop
    10  pushq %rbp
    11  movq %rsp, %rbp
    14  movl %esi, %esi
    16  cmpq $0x10, %rdx
    1a  jb 0xc3
    20  cmpq $0x20, %rdx
    24  jbe 0xab
    2a  cmpq $0x40, %rdx
    2e  jbe 0x88
    34  vmovd %esi, %xmm0
    38  vpbroadcastb %xmm0, %xmm0
    3d  vmovdqu %xmm0, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    43  vmovdqu %xmm0, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    49  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    4f  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    55  xorq %rax, %rax
    58  vmovdqu %xmm0, (%rdi, %rax) ; trap: out of bounds memory access
    5d  vmovdqu %xmm0, 0x10(%rdi, %rax) ; trap: out of bounds memory access
    63  vmovdqu %xmm0, 0x20(%rdi, %rax) ; trap: out of bounds memory access
    69  vmovdqu %xmm0, 0x30(%rdi, %rax) ; trap: out of bounds memory access
    6f  addq $0x40, %rax
    76  leaq -0x40(%rdx), %rcx
    7a  cmpq %rcx, %rax
    7d  jb 0x58
    83  movq %rbp, %rsp
    86  popq %rbp
    87  retq
    88  vmovd %esi, %xmm0
    8c  vpbroadcastb %xmm0, %xmm0
    91  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
    95  vmovdqu %xmm0, 0x10(%rdi) ; trap: out of bounds memory access
    9a  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    a0  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    a6  movq %rbp, %rsp
    a9  popq %rbp
    aa  retq
    ab  vmovd %esi, %xmm0
    af  vpbroadcastb %xmm0, %xmm0
    b4  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
    b8  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    be  movq %rbp, %rsp
    c1  popq %rbp
    c2  retq
    c3  cmpq $8, %rdx
    c7  jae 0x137
    cd  cmpq $4, %rdx
    d1  jae 0x11d
    d7  cmpq $2, %rdx
    db  jae 0x101
    e1  testq %rdx, %rdx
    e4  je 0xfc
    ea  andq $0xff, %rsi
    f1  imulq 0x5f(%rip), %rsi
    f9  movb %sil, (%rdi) ; trap: out of bounds memory access
    fc  movq %rbp, %rsp
    ff  popq %rbp
   100  retq
   101  andq $0xff, %rsi
   108  imulq 0x48(%rip), %rsi
   110  movw %si, (%rdi) ; trap: out of bounds memory access
   113  movw %si, -2(%rdi, %rdx) ; trap: out of bounds memory access
   118  movq %rbp, %rsp
   11b  popq %rbp
   11c  retq
   11d  andq $0xff, %rsi
   124  imulq 0x2c(%rip), %rsi
   12c  movl %esi, (%rdi) ; trap: out of bounds memory access
   12e  movl %esi, -4(%rdi, %rdx) ; trap: out of bounds memory access
   132  movq %rbp, %rsp
   135  popq %rbp
   136  retq
   137  andq $0xff, %rsi
   13e  imulq 0x12(%rip), %rsi
   146  movq %rsi, (%rdi) ; trap: out of bounds memory access
   149  movq %rsi, -8(%rdi, %rdx) ; trap: out of bounds memory access
   14e  movq %rbp, %rsp
   151  popq %rbp
   152  retq
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
