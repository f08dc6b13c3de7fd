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
    25  leaq 0x10(%rax), %rdx
    29  movl 0x24(%rcx), %esi
    2c  cmpq %rsi, %rdx
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
    72  leaq 0x10(%rax), %rdx
    76  movl 0x24(%rcx), %esi
    79  cmpq %rsi, %rdx
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
    bf  xorq %rcx, %rcx
    c2  movl $0xf, %esi
    c7  movq -0x10(%rdi), %rax
    cb  movq %rcx, %rdx
    ce  callq *%rax
    d0  jmp 0xa8
    d5  movq -0x10(%rbx), %rax
    d9  xorq %rcx, %rcx
    dc  movl $0xf, %esi
    e1  movq %rbx, %rdi
    e4  movq %rcx, %rdx
    e7  callq *%rax
    e9  jmp 0x94
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rdi, %r9
     7  movl %esi, %edi
     9  movq -0x28(%r9), %r8
     d  movl 8(%r8, %rdi), %edi ; trap: null structure reference
    12  testl %edi, %edi
    14  setne %r8b
    18  movzbl %r8b, %eax
    1c  movq %rbp, %rsp
    1f  popq %rbp
    20  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r9d
     7  movq -0x28(%rdi), %r10
     b  leaq (%r10, %r9), %r8
     f  cmpl 4(%r10, %r9), %edx ; trap: null array reference
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
     a  jne 0x58
    10  movl %esi, %eax
    12  movq -0x28(%rdi), %rcx
    16  movl (%rcx, %rax), %ecx ; trap: cast failure
    19  movl -0x4c(%rdi), %eax
    1c  cmpl %eax, %ecx
    1e  sete %dl
    21  movzbl %dl, %r11d
    25  cmpl %eax, %ecx
    27  je 0x47
    2d  andl $0xfffffff, %ecx
    33  shlq $8, %rcx
    37  movq -0x30(%rdi), %rdx
    3b  movl (%rdx, %rcx), %ecx
    3e  cmpl %eax, %ecx
    40  sete %al
    43  movzbl %al, %r11d
    47  testl %r11d, %r11d
    4a  je 0x5a
    50  movq %rsi, %rax
    53  movq %rbp, %rsp
    56  popq %rbp
    57  retq
    58  ud2 ; trap: cast failure
    5a  ud2 ; trap: cast failure
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %ecx
     6  cmpq $0x7ff8, %rcx
     d  seta %r8b
    11  leaq 0xf(%rcx), %rsi
    15  andq $0xfffffffffffffff8, %rsi
    19  movq -8(%rdi), %rdx
    1d  movl 0x20(%rdx), %eax
    20  addq %rax, %rsi
    23  movl 0x24(%rdx), %r9d
    27  cmpq %r9, %rsi
    2a  seta %r9b
    2e  orl %r8d, %r9d
    31  testb %r9b, %r9b
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
    55  movl $1, %edx
    5a  movq -0x10(%rdi), %rax
    5e  movl $0xf, %esi
    63  callq *%rax
    65  jmp 0x50
