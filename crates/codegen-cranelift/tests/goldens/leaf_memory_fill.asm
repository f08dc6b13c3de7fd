     0  pushq %rbp
     1  movq %rsp, %rbp
     4  cmpq $0x10, %rdx
     8  jb 0xb1
     e  cmpq $0x20, %rdx
    12  jbe 0x99
    18  cmpq $0x40, %rdx
    1c  jbe 0x76
    22  vmovd %esi, %xmm0
    26  vpbroadcastb %xmm0, %xmm0
    2b  vmovdqu %xmm0, -0x40(%rdi, %rdx) ; trap: out of bounds memory access
    31  vmovdqu %xmm0, -0x30(%rdi, %rdx) ; trap: out of bounds memory access
    37  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    3d  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    43  xorq %rax, %rax
    46  vmovdqu %xmm0, (%rdi, %rax) ; trap: out of bounds memory access
    4b  vmovdqu %xmm0, 0x10(%rdi, %rax) ; trap: out of bounds memory access
    51  vmovdqu %xmm0, 0x20(%rdi, %rax) ; trap: out of bounds memory access
    57  vmovdqu %xmm0, 0x30(%rdi, %rax) ; trap: out of bounds memory access
    5d  addq $0x40, %rax
    64  leaq -0x40(%rdx), %rcx
    68  cmpq %rcx, %rax
    6b  jb 0x46
    71  movq %rbp, %rsp
    74  popq %rbp
    75  retq
    76  vmovd %esi, %xmm0
    7a  vpbroadcastb %xmm0, %xmm0
    7f  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
    83  vmovdqu %xmm0, 0x10(%rdi) ; trap: out of bounds memory access
    88  vmovdqu %xmm0, -0x20(%rdi, %rdx) ; trap: out of bounds memory access
    8e  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    94  movq %rbp, %rsp
    97  popq %rbp
    98  retq
    99  vmovd %esi, %xmm0
    9d  vpbroadcastb %xmm0, %xmm0
    a2  vmovdqu %xmm0, (%rdi) ; trap: out of bounds memory access
    a6  vmovdqu %xmm0, -0x10(%rdi, %rdx) ; trap: out of bounds memory access
    ac  movq %rbp, %rsp
    af  popq %rbp
    b0  retq
    b1  cmpq $8, %rdx
    b5  jae 0x128
    bb  cmpq $4, %rdx
    bf  jae 0x10c
    c5  cmpq $2, %rdx
    c9  jae 0xef
    cf  testq %rdx, %rdx
    d2  je 0xea
    d8  movl %esi, %eax
    da  andq $0xff, %rax
    e0  imulq 0x60(%rip), %rax
    e8  movb %al, (%rdi) ; trap: out of bounds memory access
    ea  movq %rbp, %rsp
    ed  popq %rbp
    ee  retq
    ef  movl %esi, %eax
    f1  andq $0xff, %rax
    f7  imulq 0x49(%rip), %rax
    ff  movw %ax, (%rdi) ; trap: out of bounds memory access
   102  movw %ax, -2(%rdi, %rdx) ; trap: out of bounds memory access
   107  movq %rbp, %rsp
   10a  popq %rbp
   10b  retq
   10c  movl %esi, %esi
   10e  andq $0xff, %rsi
   115  imulq 0x2b(%rip), %rsi
   11d  movl %esi, (%rdi) ; trap: out of bounds memory access
   11f  movl %esi, -4(%rdi, %rdx) ; trap: out of bounds memory access
   123  movq %rbp, %rsp
   126  popq %rbp
   127  retq
   128  movl %esi, %esi
   12a  andq $0xff, %rsi
   131  imulq 0xf(%rip), %rsi
   139  movq %rsi, (%rdi) ; trap: out of bounds memory access
   13c  movq %rsi, -8(%rdi, %rdx) ; trap: out of bounds memory access
   141  movq %rbp, %rsp
   144  popq %rbp
   145  retq
   148  data 01 01 01 01 01 01 01 01
