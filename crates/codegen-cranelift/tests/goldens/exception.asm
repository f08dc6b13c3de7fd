own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %rbx, (%rsp)
     c  movq %r12, 8(%rsp)
    11  movq %rsi, %r12
    14  movq -8(%rdi), %rcx
    18  movl 0x20(%rcx), %eax
    1b  leaq 0x20(%rax), %rdx
    1f  movl 0x24(%rcx), %esi
    22  cmpq %rsi, %rdx
    25  ja 0x4b
    2b  movq -0x90(%rdi), %rdx
    32  movl (%rdx), %edx
    34  movq -0x28(%rdi), %rsi
    38  movq %rdx, (%rsi, %rax)
    3c  leaq 0x20(%rax), %rdx
    40  movl %edx, 0x20(%rcx)
    43  movq %rdi, %rbx
    46  jmp 0x5c
    4b  xorq %rdx, %rdx
    4e  movl $0x15, %esi
    53  movq -0x10(%rdi), %rax
    57  movq %rdi, %rbx
    5a  callq *%rax
    5c  movq -0x90(%rbx), %rsi
    63  movq -0x28(%rbx), %rcx
    67  movl %eax, %edx
    69  movq %rsi, 8(%rcx, %rdx)
    6e  movq %r12, %rsi
    71  movl %esi, 0x10(%rcx, %rdx)
    75  movabsq $0x3ff0000000000000, %rax
    7f  vmovq %rax, %xmm0
    84  vmovsd %xmm0, 0x18(%rcx, %rdx)
    8a  movq -0x10(%rbx), %rax
    8e  movl $0x16, %esi
    93  movq %rbx, %rdi
    96  callq *%rax
    98  ud2 ; trap: unreachable
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
    76  movl %eax, %edx
    78  movq (%rsp), %rdi
    7c  movq -0x28(%rdi), %rcx
    80  movq 8(%rcx, %rdx), %rsi
    85  movq -0x90(%rdi), %r8
    8c  cmpq %r8, %rsi
    8f  je 0xaa
    95  testl %eax, %eax
    97  je 0xb9
    9d  movl $0x16, %esi
    a2  movq -0x10(%rdi), %rax
    a6  callq *%rax
    a8  ud2 ; trap: unreachable
    aa  movl 0x10(%rcx, %rdx), %eax
    ae  vmovsd 0x18(%rcx, %rdx), %xmm0
    b4  jmp 0x54
    b9  ud2 ; trap: null exception reference
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  xorq %rdx, %rdx
     7  movl %esi, %ecx
     9  movq -0x10(%rdi), %r8
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
    73  movl $0x16, %esi
    78  movq -0x10(%rdi), %rax
    7c  callq *%rax
    7e  ud2 ; trap: unreachable
    80  movl $1, %eax
    85  jmp 0x32
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %rbx, (%rsp)
     c  movq -8(%rdi), %rcx
    10  movl 0x20(%rcx), %eax
    13  leaq 0x10(%rax), %rdx
    17  movl 0x24(%rcx), %esi
    1a  cmpq %rsi, %rdx
    1d  ja 0x62
    23  movq -0x88(%rdi), %rdx
    2a  movl (%rdx), %edx
    2c  movq -0x28(%rdi), %rsi
    30  movq %rdx, (%rsi, %rax)
    34  leaq 0x10(%rax), %rdx
    38  movl %edx, 0x20(%rcx)
    3b  movq %rdi, %rbx
    3e  movq -0x88(%rbx), %rcx
    45  movq -0x28(%rbx), %rdx
    49  movl %eax, %eax
    4b  movq %rcx, 8(%rdx, %rax)
    50  jmp 0x55
    55  movq (%rsp), %rbx
    59  addq $0x10, %rsp
    5d  movq %rbp, %rsp
    60  popq %rbp
    61  retq
    62  movl $1, %edx
    67  movl $0x15, %esi
    6c  movq -0x10(%rdi), %rax
    70  movq %rdi, %rbx
    73  callq *%rax
    75  jmp 0x3e
