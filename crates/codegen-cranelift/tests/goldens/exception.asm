own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %rbx, (%rsp)
     c  movq %r12, 8(%rsp)
    11  movq %rdi, %rbx
    14  movq %rsi, %r12
    17  movq -8(%rdi), %rax
    1b  movl 0x20(%rax), %ecx
    1e  movl 0x24(%rax), %edx
    21  leaq 0x20(%rcx), %rsi
    25  cmpq %rdx, %rsi
    28  ja 0x50
    2e  movq %rbx, %rdi
    31  movq -0x90(%rdi), %rdx
    38  movl (%rdx), %edx
    3a  movq -0x28(%rdi), %rsi
    3e  movq %rdx, (%rsi, %rcx)
    42  leaq 0x20(%rcx), %rdx
    46  movl %edx, 0x20(%rax)
    49  movl %ecx, %edx
    4b  jmp 0x6d
    50  movq %rbx, %rdi
    53  movq -0x10(%rdi), %rax
    57  movl $0x15, %esi
    5c  xorq %rdx, %rdx
    5f  addq $0, %rdi
    66  callq *%rax
    68  movl %eax, %edx
    6a  movq %rbx, %rdi
    6d  movq -0x90(%rdi), %rcx
    74  movq -0x28(%rdi), %rax
    78  movq %rcx, 8(%rax, %rdx)
    7d  movq %r12, %rsi
    80  movl %esi, 0x10(%rax, %rdx)
    84  movabsq $0x3ff0000000000000, %rcx
    8e  vmovq %rcx, %xmm0
    93  vmovsd %xmm0, 0x18(%rax, %rdx)
    99  movq -0x10(%rdi), %rax
    9d  movl $0x16, %esi
    a2  callq *%rax
    a4  ud2 ; trap: unreachable
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x40, %rsp
     8  movq %rbx, 0x10(%rsp)
     d  movq %r12, 0x18(%rsp)
    12  movq %r13, 0x20(%rsp)
    17  movq %r14, 0x28(%rsp)
    1c  movq %r15, 0x30(%rsp)
    21  movq %rdi, (%rsp)
    25  movq -0x70(%rdi), %rdi
    29  movq (%rsp), %rax
    2d  movq -0x78(%rax), %rcx
    31  callq *%rcx
    33  movq 0x10(%rsp), %rbx
    38  movq 0x18(%rsp), %r12
    3d  movq 0x20(%rsp), %r13
    42  movq 0x28(%rsp), %r14
    47  movq 0x30(%rsp), %r15
    4c  addq $0x40, %rsp
    50  movq %rbp, %rsp
    53  popq %rbp
    54  retq
    55  movq 0x10(%rsp), %rbx
    5a  movq 0x18(%rsp), %r12
    5f  movq 0x20(%rsp), %r13
    64  movq 0x28(%rsp), %r14
    69  movq 0x30(%rsp), %r15
    6e  addq $0x40, %rsp
    72  movq %rbp, %rsp
    75  popq %rbp
    76  retq
    77  movq (%rsp), %rdi
    7b  movq -0x28(%rdi), %rcx
    7f  movl %eax, %edx
    81  movq 8(%rcx, %rdx), %rax
    86  movq -0x90(%rdi), %rsi
    8d  cmpq %rsi, %rax
    90  je 0xab
    96  testl %edx, %edx
    98  je 0xba
    9e  movq -0x10(%rdi), %rax
    a2  movl $0x16, %esi
    a7  callq *%rax
    a9  ud2 ; trap: unreachable
    ab  movl 0x10(%rcx, %rdx), %eax
    af  vmovsd 0x18(%rcx, %rdx), %xmm0
    b5  jmp 0x55
    ba  ud2 ; trap: null exception reference
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %ecx
     6  movq -0x10(%rdi), %r8
     a  xorq %rdx, %rdx
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
    21  movq %rdi, (%rsp)
    25  movq -0x70(%rdi), %rdi
    29  movq (%rsp), %rax
    2d  movq -0x78(%rax), %rcx
    31  callq *%rcx
    33  movq 0x10(%rsp), %rbx
    38  movq 0x18(%rsp), %r12
    3d  movq 0x20(%rsp), %r13
    42  movq 0x28(%rsp), %r14
    47  movq 0x30(%rsp), %r15
    4c  addq $0x40, %rsp
    50  movq %rbp, %rsp
    53  popq %rbp
    54  retq
    55  movq (%rsp), %rdi
    59  movq -0x28(%rdi), %rcx
    5d  movl %eax, %edx
    5f  movq 8(%rcx, %rdx), %rax
    64  movq -0x88(%rdi), %rcx
    6b  cmpq %rcx, %rax
    6e  je 0x81
    74  movq -0x10(%rdi), %rax
    78  movl $0x16, %esi
    7d  callq *%rax
    7f  ud2 ; trap: unreachable
    81  movl $1, %eax
    86  jmp 0x33
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %rbx, (%rsp)
     c  movq -8(%rdi), %rax
    10  movl 0x20(%rax), %ecx
    13  movl 0x24(%rax), %edx
    16  leaq 0x10(%rcx), %rsi
    1a  cmpq %rdx, %rsi
    1d  ja 0x5f
    23  movq -0x88(%rdi), %rdx
    2a  movl (%rdx), %edx
    2c  movq -0x28(%rdi), %rsi
    30  movq %rdx, (%rsi, %rcx)
    34  leaq 0x10(%rcx), %rdx
    38  movl %edx, 0x20(%rax)
    3b  movl %ecx, %eax
    3d  movq -0x88(%rdi), %rcx
    44  movq -0x28(%rdi), %rdx
    48  movq %rcx, 8(%rdx, %rax)
    4d  jmp 0x52
    52  movq (%rsp), %rbx
    56  addq $0x10, %rsp
    5a  movq %rbp, %rsp
    5d  popq %rbp
    5e  retq
    5f  movq -0x10(%rdi), %rax
    63  movq %rdi, %rbx
    66  movl $0x15, %esi
    6b  movl $1, %edx
    70  movq %rbx, %rcx
    73  leaq (%rcx), %rdi
    76  callq *%rax
    78  movl %eax, %eax
    7a  movq %rbx, %rdi
    7d  jmp 0x3d
