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
    2f  ja 0xc8
    35  movl -0x54(%rdi), %edx
    38  movq -0x28(%rdi), %rsi
    3c  movq %rdx, (%rsi, %rax)
    40  leaq 0x10(%rax), %rdx
    44  movl %edx, 0x20(%rcx)
    47  jmp 0xb1
    4c  movq %rdi, %rbx
    4f  subl $1, %esi
    52  movq %rbx, %r9
    55  movq %rsi, %r13
    58  leaq (%r9), %rdi
    5b  callq 0x60 ; func 0
    60  movq %rax, %r12
    63  leaq (%rbx), %rdi
    66  movq %r13, %rsi
    69  callq 0x6e ; func 0
    6e  movq %rax, %r13
    71  movq -8(%rbx), %rcx
    75  movl 0x20(%rcx), %edx
    78  leaq 0x10(%rdx), %rax
    7c  movl 0x24(%rcx), %esi
    7f  cmpq %rsi, %rax
    82  ja 0xe5
    88  movl %edx, %eax
    8a  movl -0x54(%rbx), %esi
    8d  movq -0x28(%rbx), %rdi
    91  movq %rsi, (%rdi, %rdx)
    95  addq $0x10, %rdx
    9c  movl %edx, 0x20(%rcx)
    9f  movq -0x28(%rbx), %rcx
    a3  movq %r12, %rdx
    a6  movl %edx, 8(%rcx, %rax)
    aa  movq %r13, %rdx
    ad  movl %edx, 0xc(%rcx, %rax)
    b1  movq (%rsp), %rbx
    b5  movq 8(%rsp), %r12
    ba  movq 0x10(%rsp), %r13
    bf  addq $0x20, %rsp
    c3  movq %rbp, %rsp
    c6  popq %rbp
    c7  retq
    c8  xorq %rcx, %rcx
    cb  movl $0xf, %esi
    d0  movq -0x10(%rdi), %rax
    d4  addq $0, %rdi
    db  movq %rcx, %rdx
    de  callq *%rax
    e0  jmp 0xb1
    e5  movq -0x10(%rbx), %rax
    e9  xorq %rcx, %rcx
    ec  movl $0xf, %esi
    f1  leaq (%rbx), %rdi
    f4  movq %rcx, %rdx
    f7  callq *%rax
    f9  movl %eax, %eax
    fb  jmp 0x9f
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
     4  movl %edx, %r8d
     7  movl %esi, %r9d
     a  movq -0x28(%rdi), %r11
     e  leaq (%r11, %r9), %r10
    12  cmpl 4(%r11, %r9), %r8d ; trap: null array reference
    17  jae 0x28
    1d  movzbq 8(%r10, %r8), %rax
    23  movq %rbp, %rsp
    26  popq %rbp
    27  retq
    28  ud2 ; trap: out of bounds array access
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %eax
     6  testl $1, %eax
     b  jne 0x55
    11  movq -0x28(%rdi), %rcx
    15  movl (%rcx, %rax), %edx ; trap: cast failure
    18  movl -0x4c(%rdi), %ecx
    1b  cmpl %ecx, %edx
    1d  sete %sil
    21  movzbl %sil, %r11d
    25  cmpl %ecx, %edx
    27  je 0x47
    2d  andl $0xfffffff, %edx
    33  shlq $8, %rdx
    37  movq -0x30(%rdi), %rsi
    3b  movl (%rsi, %rdx), %edx
    3e  cmpl %ecx, %edx
    40  sete %cl
    43  movzbl %cl, %r11d
    47  testl %r11d, %r11d
    4a  je 0x57
    50  movq %rbp, %rsp
    53  popq %rbp
    54  retq
    55  ud2 ; trap: cast failure
    57  ud2 ; trap: cast failure
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
