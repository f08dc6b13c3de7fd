own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x20, %rsp
     8  movq %rbx, (%rsp)
     c  movq %r12, 8(%rsp)
    11  movq %r13, 0x10(%rsp)
    16  testl %esi, %esi
    18  jne 0x4c
    1e  movq -8(%rdi), %rcx
    22  movl 0x20(%rcx), %eax
    25  movl 0x24(%rcx), %edx
    28  leaq 0x10(%rax), %rsi
    2c  cmpq %rdx, %rsi
    2f  ja 0xbf
    35  movl -0x54(%rdi), %edx
    38  movq -0x28(%rdi), %rsi
    3c  movq %rdx, (%rsi, %rax)
    40  leaq 0x10(%rax), %rdx
    44  movl %edx, 0x20(%rcx)
    47  jmp 0xa8
    4c  subl $1, %esi
    4f  movq %rdi, %rbx
    52  movq %rsi, %r12
    55  callq 0x5a ; func 0
    5a  movq %r12, %rsi
    5d  movq %rax, %r12
    60  movq %rbx, %rdi
    63  callq 0x68 ; func 0
    68  movq %rax, %r13
    6b  movq -8(%rbx), %rcx
    6f  movl 0x20(%rcx), %eax
    72  movl 0x24(%rcx), %edx
    75  leaq 0x10(%rax), %rsi
    79  cmpq %rdx, %rsi
    7c  ja 0xd5
    82  movl -0x54(%rbx), %edx
    85  movq -0x28(%rbx), %rsi
    89  movq %rdx, (%rsi, %rax)
    8d  leaq 0x10(%rax), %rdx
    91  movl %edx, 0x20(%rcx)
    94  movq -0x28(%rbx), %rcx
    98  movl %eax, %edx
    9a  movq %r12, %rsi
    9d  movl %esi, 8(%rcx, %rdx)
    a1  movq %r13, %rsi
    a4  movl %esi, 0xc(%rcx, %rdx)
    a8  movq (%rsp), %rbx
    ac  movq 8(%rsp), %r12
    b1  movq 0x10(%rsp), %r13
    b6  addq $0x20, %rsp
    ba  movq %rbp, %rsp
    bd  popq %rbp
    be  retq
    bf  movq -0x10(%rdi), %rax
    c3  movl $0xf, %esi
    c8  xorq %rcx, %rcx
    cb  movq %rcx, %rdx
    ce  callq *%rax
    d0  jmp 0xa8
    d5  movq -0x10(%rbx), %rax
    d9  movl $0xf, %esi
    de  xorq %rcx, %rcx
    e1  movq %rbx, %rdi
    e4  movq %rcx, %rdx
    e7  callq *%rax
    e9  jmp 0x94
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq -0x28(%rdi), %rdi
     8  movl %esi, %r8d
     b  movl 8(%rdi, %r8), %edi ; trap: null structure reference
    10  testl %edi, %edi
    12  setne %r8b
    16  movzbl %r8b, %eax
    1a  movq %rbp, %rsp
    1d  popq %rbp
    1e  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq -0x28(%rdi), %r9
     8  movl %esi, %r10d
     b  leaq (%r9, %r10), %r8
     f  cmpl 4(%r9, %r10), %edx ; trap: null array reference
    14  jae 0x28
    1a  movl %edx, %r10d
    1d  movzbq 8(%r8, %r10), %rax
    23  movq %rbp, %rsp
    26  popq %rbp
    27  retq
    28  ud2 ; trap: out of bounds array access
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  testl $1, %esi
     a  jne 0x5a
    10  movq -0x28(%rdi), %rax
    14  movl %esi, %ecx
    16  movl (%rax, %rcx), %r11d ; trap: cast failure
    1a  movl -0x4c(%rdi), %eax
    1d  cmpl %eax, %r11d
    20  sete %cl
    23  movzbl %cl, %ecx
    26  cmpl %eax, %r11d
    29  je 0x4a
    2f  movq -0x30(%rdi), %rcx
    33  andl $0xfffffff, %r11d
    3a  shlq $8, %r11
    3e  movl (%rcx, %r11), %ecx
    42  cmpl %eax, %ecx
    44  sete %al
    47  movzbl %al, %ecx
    4a  testl %ecx, %ecx
    4c  je 0x5c
    52  movq %rsi, %rax
    55  movq %rbp, %rsp
    58  popq %rbp
    59  retq
    5a  ud2 ; trap: cast failure
    5c  ud2 ; trap: cast failure
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq -8(%rdi), %rdx
     8  movl 0x20(%rdx), %eax
     b  movl 0x24(%rdx), %r8d
     f  movl %esi, %ecx
    11  leaq 0xf(%rcx), %rsi
    15  andq $0xfffffffffffffff8, %rsi
    19  addq %rax, %rsi
    1c  cmpq %r8, %rsi
    1f  seta %r8b
    23  cmpq $0x7ff8, %rcx
    2a  seta %r9b
    2e  orl %r9d, %r8d
    31  testb %r8b, %r8b
    34  jne 0x55
    3a  movl -0x50(%rdi), %r8d
    3e  shlq $0x20, %rcx
    42  orq %rcx, %r8
    45  movq -0x28(%rdi), %rcx
    49  movq %r8, (%rcx, %rax)
    4d  movl %esi, 0x20(%rdx)
    50  movq %rbp, %rsp
    53  popq %rbp
    54  retq
    55  movq -0x10(%rdi), %rax
    59  movl $0xf, %esi
    5e  movl $1, %edx
    63  callq *%rax
    65  jmp 0x50
