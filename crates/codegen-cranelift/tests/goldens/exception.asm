own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x20, %rsp
     8  movq %rbx, (%rsp)
     c  movq %r12, 8(%rsp)
    11  movq %r13, 0x10(%rsp)
    16  movq %rsi, %r13
    19  movq -0x10(%rdi), %r12
    1d  movl $0x15, %esi
    22  xorq %rdx, %rdx
    25  movq %rdi, %rbx
    28  callq *%r12
    2b  movq -0x28(%rbx), %rcx
    2f  movl %eax, %edx
    31  movq %r13, %rsi
    34  movl %esi, 0x10(%rcx, %rdx)
    38  movabsq $0x3ff0000000000000, %rax
    42  vmovq %rax, %xmm0
    47  vmovsd %xmm0, 0x18(%rcx, %rdx)
    4d  movl $0x16, %esi
    52  movq %rbx, %rdi
    55  callq *%r12
    58  ud2 ; trap: unreachable
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x40, %rsp
     8  movq %rbx, 0x10(%rsp)
     d  movq %r12, 0x18(%rsp)
    12  movq %r13, 0x20(%rsp)
    17  movq %r14, 0x28(%rsp)
    1c  movq %r15, 0x30(%rsp)
    21  movq -0x78(%rdi), %rax
    25  movq %rdi, %rcx
    28  movq -0x70(%rcx), %rdi
    2c  movq %rcx, (%rsp)
    30  callq *%rax
    32  movq 0x10(%rsp), %rbx
    37  movq 0x18(%rsp), %r12
    3c  movq 0x20(%rsp), %r13
    41  movq 0x28(%rsp), %r14
    46  movq 0x30(%rsp), %r15
    4b  addq $0x40, %rsp
    4f  movq %rbp, %rsp
    52  popq %rbp
    53  retq
    54  movq 0x10(%rsp), %rbx
    59  movq 0x18(%rsp), %r12
    5e  movq 0x20(%rsp), %r13
    63  movq 0x28(%rsp), %r14
    68  movq 0x30(%rsp), %r15
    6d  addq $0x40, %rsp
    71  movq %rbp, %rsp
    74  popq %rbp
    75  retq
    76  movq (%rsp), %rdi
    7a  movq -0x28(%rdi), %rcx
    7e  movl %eax, %edx
    80  movq 8(%rcx, %rdx), %rsi
    85  movq -0x90(%rdi), %r8
    8c  cmpq %r8, %rsi
    8f  je 0xaa
    95  testl %eax, %eax
    97  je 0xb9
    9d  movq -0x10(%rdi), %rax
    a1  movl $0x16, %esi
    a6  callq *%rax
    a8  ud2 ; trap: unreachable
    aa  movl 0x10(%rcx, %rdx), %eax
    ae  vmovsd 0x18(%rcx, %rdx), %xmm0
    b4  jmp 0x54
    b9  ud2 ; trap: null exception reference
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq -0x10(%rdi), %r8
     8  xorq %rdx, %rdx
     b  movl %esi, %ecx
     d  movq %rdx, %rsi
    10  callq *%r8
    13  movq %rbp, %rsp
    16  popq %rbp
    17  retq
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x40, %rsp
     8  movq %rbx, 0x10(%rsp)
     d  movq %r12, 0x18(%rsp)
    12  movq %r13, 0x20(%rsp)
    17  movq %r14, 0x28(%rsp)
    1c  movq %r15, 0x30(%rsp)
    21  movq -0x78(%rdi), %rax
    25  movq %rdi, %rcx
    28  movq -0x70(%rcx), %rdi
    2c  movq %rcx, (%rsp)
    30  callq *%rax
    32  movq 0x10(%rsp), %rbx
    37  movq 0x18(%rsp), %r12
    3c  movq 0x20(%rsp), %r13
    41  movq 0x28(%rsp), %r14
    46  movq 0x30(%rsp), %r15
    4b  addq $0x40, %rsp
    4f  movq %rbp, %rsp
    52  popq %rbp
    53  retq
    54  movq (%rsp), %rdi
    58  movq -0x28(%rdi), %rcx
    5c  movl %eax, %edx
    5e  movq 8(%rcx, %rdx), %rax
    63  movq -0x88(%rdi), %rcx
    6a  cmpq %rcx, %rax
    6d  je 0x80
    73  movq -0x10(%rdi), %rax
    77  movl $0x16, %esi
    7c  callq *%rax
    7e  ud2 ; trap: unreachable
    80  movl $1, %eax
    85  jmp 0x32
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %r12, (%rsp)
     c  movq %r15, 8(%rsp)
    11  movq -0x10(%rdi), %r12
    15  movl $0x15, %esi
    1a  movl $1, %edx
    1f  movq %rdi, %r15
    22  callq *%r12
    25  jmp 0x3c
    2a  movq (%rsp), %r12
    2e  movq 8(%rsp), %r15
    33  addq $0x10, %rsp
    37  movq %rbp, %rsp
    3a  popq %rbp
    3b  retq
    3c  movq -0x28(%r15), %r11
    40  movl %eax, %edx
    42  movq 8(%r11, %rdx), %r11
    47  movq -0x88(%r15), %rax
    4e  cmpq %rax, %r11
    51  je 0x2a
    57  movl $0x16, %esi
    5c  movq %r15, %rdi
    5f  callq *%r12
    62  ud2 ; trap: unreachable
    64  jmp 0x2a
