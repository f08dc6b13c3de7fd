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
    1e  leaq 0x20(%rcx), %rdx
    22  movl 0x24(%rax), %esi
    25  cmpq %rsi, %rdx
    28  ja 0x53
    2e  movl %ecx, %edx
    30  movq %rbx, %rdi
    33  movq -0x90(%rdi), %rsi
    3a  movl (%rsi), %esi
    3c  movq -0x28(%rdi), %r8
    40  movq %rsi, (%r8, %rcx)
    44  addq $0x20, %rcx
    4b  movl %ecx, 0x20(%rax)
    4e  jmp 0x70
    53  xorq %rdx, %rdx
    56  movl $0x15, %esi
    5b  movq %rbx, %rdi
    5e  movq -0x10(%rdi), %rax
    62  addq $0, %rdi
    69  callq *%rax
    6b  movl %eax, %edx
    6d  movq %rbx, %rdi
    70  movq -0x90(%rdi), %rcx
    77  movq -0x28(%rdi), %rax
    7b  movq %rcx, 8(%rax, %rdx)
    80  movq %r12, %rsi
    83  movl %esi, 0x10(%rax, %rdx)
    87  movabsq $0x3ff0000000000000, %rcx
    91  vmovq %rcx, %xmm0
    96  vmovsd %xmm0, 0x18(%rax, %rdx)
    9c  movl $0x16, %esi
    a1  movq -0x10(%rdi), %rax
    a5  callq *%rax
    a7  ud2 ; trap: unreachable
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
    77  movl %eax, %edx
    79  movq (%rsp), %rdi
    7d  movq -0x28(%rdi), %rcx
    81  movq 8(%rcx, %rdx), %rax
    86  movq -0x90(%rdi), %rsi
    8d  cmpq %rsi, %rax
    90  je 0xab
    96  testl %edx, %edx
    98  je 0xba
    9e  movl $0x16, %esi
    a3  movq -0x10(%rdi), %rax
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
     6  xorq %rdx, %rdx
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
    74  movl $0x16, %esi
    79  movq -0x10(%rdi), %rax
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
    13  leaq 0x10(%rcx), %rdx
    17  movl 0x24(%rax), %esi
    1a  cmpq %rsi, %rdx
    1d  ja 0x63
    23  movl %ecx, %r8d
    26  movq -0x88(%rdi), %rdx
    2d  movl (%rdx), %edx
    2f  movq -0x28(%rdi), %rsi
    33  movq %rdx, (%rsi, %rcx)
    37  addq $0x10, %rcx
    3e  movl %ecx, 0x20(%rax)
    41  movq -0x88(%rdi), %rax
    48  movq -0x28(%rdi), %rcx
    4c  movq %rax, 8(%rcx, %r8)
    51  jmp 0x56
    56  movq (%rsp), %rbx
    5a  addq $0x10, %rsp
    5e  movq %rbp, %rsp
    61  popq %rbp
    62  retq
    63  movl $1, %edx
    68  movl $0x15, %esi
    6d  movq -0x10(%rdi), %rax
    71  movq %rdi, %rcx
    74  leaq (%rcx), %rdi
    77  movq %rcx, %rbx
    7a  callq *%rax
    7c  movl %eax, %r8d
    7f  movq %rbx, %rdi
    82  jmp 0x41
