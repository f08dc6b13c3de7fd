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
    80  movq 8(%rcx, %rdx), %rax
    85  movq -0x90(%rdi), %rsi
    8c  cmpq %rsi, %rax
    8f  je 0xaa
    95  testl %edx, %edx
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
