own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  nopw (%rax, %rax)
     d  subq $4, %r15
    11  jl 0x5a
    17  xorl %eax, %eax
    19  cmpl %edx, %esi
    1b  jae 0x4b
    21  xorl %eax, %eax
    23  nopw (%rax, %rax)
    2c  subq $0xd, %r15
    30  jl 0x69
    36  movl %esi, %ecx
    38  movl (%rdi, %rcx), %ecx ; trap: out of bounds memory access
    3b  addl $4, %esi
    41  addl %ecx, %eax
    43  cmpl %edx, %esi
    45  jb 0x23
    4b  nopw (%rax, %rax)
    51  subq $1, %r15
    55  movq %rbp, %rsp
    58  popq %rbp
    59  retq
    5a  movq -8(%rdi), %rax
    5e  movq 0x30(%rax), %rax
    62  callq *%rax
    64  jmp 0x17
    69  movq -8(%rdi), %rcx
    6d  movq 0x30(%rcx), %rcx
    71  callq *%rcx
    73  jmp 0x36
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %r12, (%rsp)
     c  movq %r14, 8(%rsp)
    11  movq %rsi, %r12
    14  nopw (%rax, %rax)
    1d  subq $4, %r15
    21  jl 0x61
    27  movq -0x78(%rdi), %rax
    2b  movq %rdi, %rcx
    2e  movq -0x70(%rcx), %rdi
    32  movq %rcx, %r14
    35  movq %r12, %rcx
    38  leal 1(%rcx), %esi
    3b  callq *%rax
    3d  nopw (%rax, %rax)
    43  subq $3, %r15
    47  movq %r12, %rsi
    4a  movq %r14, %rdi
    4d  movl %esi, (%rdi) ; trap: out of bounds memory access
    4f  movq (%rsp), %r12
    53  movq 8(%rsp), %r14
    58  addq $0x10, %rsp
    5c  movq %rbp, %rsp
    5f  popq %rbp
    60  retq
    61  movq -8(%rdi), %rax
    65  movq 0x30(%rax), %rax
    69  callq *%rax
    6b  jmp 0x27
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  nopw (%rax, %rax)
     d  subq $4, %r15
    11  jl 0x51
    17  movq %r15, %rax
    1a  movl %edx, %edx
    1c  movq %rdx, %rcx
    1f  shrq $6, %rcx
    23  subq %rcx, %rax
    26  movq %rax, %r15
    29  testq %rax, %rax
    2c  jl 0x60
    32  movl %esi, %eax
    34  leaq (%rax, %rdx), %rcx
    38  cmpq -0x38(%rdi), %rcx
    3c  ja 0x6f
    42  addq %rax, %rdi
    45  xorl %esi, %esi
    47  callq 0x4c ; leaf:memory_fill
    4c  movq %rbp, %rsp
    4f  popq %rbp
    50  retq
    51  movq -8(%rdi), %rax
    55  movq 0x30(%rax), %rax
    59  callq *%rax
    5b  jmp 0x17
    60  movq -8(%rdi), %rax
    64  movq 0x30(%rax), %rax
    68  callq *%rax
    6a  jmp 0x32
    6f  ud2 ; trap: out of bounds memory access
