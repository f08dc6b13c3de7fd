     0  cmpq $0xc0, %rdx
     7  jae 0x1b0
     d  nopl (%rax)
    10  pushq %rbp
    11  movq %rsp, %rbp
    14  cmpq $0x10, %rdx
    18  jb 0x107
    1e  cmpq $0x20, %rdx
    22  jbe 0xef
    28  cmpq $0x40, %rdx
    2c  jbe 0xcc
    32  cmpq $0x80, %rdx
    39  jbe 0x93
    3f  vmovd %esi, %xmm0
    43  vpbroadcastb %xmm0, %xmm0
    48  vmovdqu %xmm0, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    4e  vmovdqu %xmm0, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    54  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    5a  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    60  xorq %rax, %rax
    63  vmovdqu %xmm0, (%rdi, %rax) ; trap: out of bounds memory access
    68  vmovdqu %xmm0, 0x10(%rdi, %rax) ; trap: out of bounds memory access
    6e  vmovdqu %xmm0, 0x20(%rdi, %rax) ; trap: out of bounds memory access
    74  vmovdqu %xmm0, 0x30(%rdi, %rax) ; trap: out of bounds memory access
    7a  addq $0x40, %rax
    81  leaq -0x40(%rdx), %rcx
    85  cmpq %rcx, %rax
    88  jb 0x63
    8e  movq %rbp, %rsp
    91  popq %rbp
    92  retq
    93  vmovd %esi, %xmm0
    97  vpbroadcastb %xmm0, %xmm0
    9c  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
    a0  vmovdqu %xmm0, 0x10(%rdi) ; trap: out of bounds memory access
    a5  vmovdqu %xmm0, 0x20(%rdi) ; trap: out of bounds memory access
    aa  vmovdqu %xmm0, 0x30(%rdi) ; trap: out of bounds memory access
    af  vmovdqu %xmm0, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    b5  vmovdqu %xmm0, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    bb  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    c1  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    c7  movq %rbp, %rsp
    ca  popq %rbp
    cb  retq
    cc  vmovd %esi, %xmm0
    d0  vpbroadcastb %xmm0, %xmm0
    d5  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
    d9  vmovdqu %xmm0, 0x10(%rdi) ; trap: out of bounds memory access
    de  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    e4  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    ea  movq %rbp, %rsp
    ed  popq %rbp
    ee  retq
    ef  vmovd %esi, %xmm0
    f3  vpbroadcastb %xmm0, %xmm1
    f8  vmovdqu %xmm1, (%rdi) ; trap: out of bounds memory access
    fc  vmovdqu %xmm1, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
   102  movq %rbp, %rsp
   105  popq %rbp
   106  retq
   107  cmpq $8, %rdx
   10b  jae 0x180
   111  cmpq $4, %rdx
   115  jae 0x165
   11b  cmpq $2, %rdx
   11f  jae 0x148
   125  testq %rdx, %rdx
   128  je 0x143
   12e  movl %esi, %r10d
   131  andq $0xff, %r10
   138  imulq 0x60(%rip), %r10
   140  movb %r10b, (%rdi) ; trap: out of bounds memory access
   143  movq %rbp, %rsp
   146  popq %rbp
   147  retq
   148  movl %esi, %eax
   14a  andq $0xff, %rax
   150  imulq 0x48(%rip), %rax
   158  movw %ax, (%rdi) ; trap: out of bounds memory access
   15b  movw %ax, -2(%rdi, %rdx) ; trap: out of bounds memory access
   160  movq %rbp, %rsp
   163  popq %rbp
   164  retq
   165  movl %esi, %eax
   167  andq $0xff, %rax
   16d  imulq 0x2b(%rip), %rax
   175  movl %eax, (%rdi) ; trap: out of bounds memory access
   177  movl %eax, -4(%rdi, %rdx) ; trap: out of bounds memory access
   17b  movq %rbp, %rsp
   17e  popq %rbp
   17f  retq
   180  movl %esi, %eax
   182  andq $0xff, %rax
   188  imulq 0x10(%rip), %rax
   190  movq %rax, (%rdi) ; trap: out of bounds memory access
   193  movq %rax, -8(%rdi, %rdx) ; trap: out of bounds memory access
   198  movq %rbp, %rsp
   19b  popq %rbp
   19c  retq
   1a0  data 01 01 01 01 01 01 01 01 cc cc cc cc cc cc cc cc
   1b0  data 55 48 89 e5 c5 f9 6e c6 c4 e2 7d 78 c0 49 89 f8
   1c0  data 49 01 d0 49 81 c0 80 ff ff ff c4 c1 7e 7f 80 00
   1d0  data 00 00 00 c4 c1 7e 7f 80 20 00 00 00 c4 c1 7e 7f
   1e0  data 80 40 00 00 00 c4 c1 7e 7f 80 60 00 00 00 c4 e1
   1f0  data 7e 7f 87 00 00 00 00 48 81 cf 1f 00 00 00 48 81
   200  data c7 01 00 00 00 c4 e1 7e 7f 87 00 00 00 00 c4 e1
   210  data 7e 7f 87 20 00 00 00 c4 e1 7e 7f 87 40 00 00 00
   220  data c4 e1 7e 7f 87 60 00 00 00 48 81 c7 80 00 00 00
   230  data 4c 39 c7 0f 82 cc ff ff ff c5 f8 77 5d c3
