own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rdi, %r8
     7  movl %esi, %esi
     9  nopw (%rax, %rax)
    12  subq $4, %r15
    16  jl 0x68
    1c  xorl %eax, %eax
    1e  cmpl %edx, %esi
    20  jae 0x59
    26  xorl %eax, %eax
    28  nopw (%rax, %rax)
    31  subq $0xd, %r15
    35  jl 0x7a
    3b  movq %r8, %rcx
    3e  movl (%rcx, %rsi), %edi ; trap: out of bounds memory access
    41  addl $4, %esi
    47  addl %edi, %eax
    49  cmpl %edx, %esi
    4b  jae 0x59
    51  movq %rcx, %r8
    54  jmp 0x28
    59  nopw (%rax, %rax)
    5f  subq $1, %r15
    63  movq %rbp, %rsp
    66  popq %rbp
    67  retq
    68  movq %r8, %rax
    6b  movq -8(%rax), %rdi
    6f  movq 0x30(%rdi), %rax
    73  callq *%rax
    75  jmp 0x1c
    7a  movq %r8, %rcx
    7d  movq -8(%rcx), %rdi
    81  movq 0x30(%rdi), %r8
    85  callq *%r8
    88  jmp 0x3e
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %r12, (%rsp)
     c  movq %r14, 8(%rsp)
    11  movq %rsi, %r12
    14  movq %rdi, %r14
    17  nopw (%rax, %rax)
    20  subq $4, %r15
    24  jl 0x67
    2a  movq %r14, %rdi
    2d  movq %r14, %rdi
    30  movq -0x70(%rdi), %rdi
    34  movq %r14, %rcx
    37  movq -0x78(%rcx), %rax
    3b  movq %r12, %rcx
    3e  leal 1(%rcx), %esi
    41  callq *%rax
    43  nopw (%rax, %rax)
    49  subq $3, %r15
    4d  movq %r12, %rsi
    50  movq %r14, %rdi
    53  movl %esi, (%rdi) ; trap: out of bounds memory access
    55  movq (%rsp), %r12
    59  movq 8(%rsp), %r14
    5e  addq $0x10, %rsp
    62  movq %rbp, %rsp
    65  popq %rbp
    66  retq
    67  movq %r14, %rdi
    6a  movq -8(%rdi), %rdi
    6e  movq 0x30(%rdi), %rax
    72  callq *%rax
    74  movq %r14, %rdi
    77  jmp 0x2d
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rdi, %r8
     7  movl %esi, %eax
     9  movl %edx, %edx
     b  nopw (%rax, %rax)
    14  subq $4, %r15
    18  jl 0x58
    1e  movq %r15, %rcx
    21  movq %rdx, %rsi
    24  shrq $6, %rsi
    28  subq %rsi, %rcx
    2b  movq %rcx, %r15
    2e  testq %rcx, %rcx
    31  jl 0x6a
    37  movq %r8, %rcx
    3a  leaq (%rax, %rdx), %rsi
    3e  cmpq -0x38(%rcx), %rsi
    42  ja 0x7c
    48  leaq (%rcx, %rax), %rdi
    4c  xorl %esi, %esi
    4e  callq 0x53 ; leaf:memory_fill
    53  movq %rbp, %rsp
    56  popq %rbp
    57  retq
    58  movq %r8, %rcx
    5b  movq -8(%rcx), %rdi
    5f  movq 0x30(%rdi), %rcx
    63  callq *%rcx
    65  jmp 0x1e
    6a  movq %r8, %rcx
    6d  movq -8(%rcx), %rdi
    71  movq 0x30(%rdi), %rsi
    75  callq *%rsi
    77  jmp 0x3a
    7c  ud2 ; trap: out of bounds memory access
