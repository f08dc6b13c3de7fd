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
    2f  ja 0xc5
    35  movl -0x54(%rdi), %edx
    38  movq -0x28(%rdi), %rsi
    3c  movq %rdx, (%rsi, %rax)
    40  leaq 0x10(%rax), %rdx
    44  movl %edx, 0x20(%rcx)
    47  jmp 0xae
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
    71  movq -8(%rbx), %rax
    75  movl 0x20(%rax), %ecx
    78  movl 0x24(%rax), %edx
    7b  leaq 0x10(%rcx), %rsi
    7f  cmpq %rdx, %rsi
    82  ja 0xe2
    88  movl -0x54(%rbx), %edx
    8b  movq -0x28(%rbx), %rsi
    8f  movq %rdx, (%rsi, %rcx)
    93  leaq 0x10(%rcx), %rdx
    97  movl %edx, 0x20(%rax)
    9a  movl %ecx, %eax
    9c  movq -0x28(%rbx), %rcx
    a0  movq %r12, %rdx
    a3  movl %edx, 8(%rcx, %rax)
    a7  movq %r13, %rdx
    aa  movl %edx, 0xc(%rcx, %rax)
    ae  movq (%rsp), %rbx
    b2  movq 8(%rsp), %r12
    b7  movq 0x10(%rsp), %r13
    bc  addq $0x20, %rsp
    c0  movq %rbp, %rsp
    c3  popq %rbp
    c4  retq
    c5  movq -0x10(%rdi), %rax
    c9  movl $0xf, %esi
    ce  xorq %rcx, %rcx
    d1  addq $0, %rdi
    d8  movq %rcx, %rdx
    db  callq *%rax
    dd  jmp 0xae
    e2  movq -0x10(%rbx), %rax
    e6  movl $0xf, %esi
    eb  xorq %rcx, %rcx
    ee  leaq (%rbx), %rdi
    f1  movq %rcx, %rdx
    f4  callq *%rax
    f6  movl %eax, %eax
    f8  jmp 0x9c
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
     b  jne 0x56
    11  movq -0x28(%rdi), %rcx
    15  movl (%rcx, %rax), %r11d ; trap: cast failure
    19  movl -0x4c(%rdi), %ecx
    1c  cmpl %ecx, %r11d
    1f  sete %dl
    22  movzbl %dl, %edx
    25  cmpl %ecx, %r11d
    28  je 0x49
    2e  movq -0x30(%rdi), %rdx
    32  andl $0xfffffff, %r11d
    39  shlq $8, %r11
    3d  movl (%rdx, %r11), %edx
    41  cmpl %ecx, %edx
    43  sete %cl
    46  movzbl %cl, %edx
    49  testl %edx, %edx
    4b  je 0x58
    51  movq %rbp, %rsp
    54  popq %rbp
    55  retq
    56  ud2 ; trap: cast failure
    58  ud2 ; trap: cast failure
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %ecx
     6  movq -8(%rdi), %rdx
     a  movl 0x20(%rdx), %eax
     d  movl 0x24(%rdx), %r8d
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
