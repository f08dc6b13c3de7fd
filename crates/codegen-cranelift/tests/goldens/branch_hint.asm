own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %rbx, (%rsp)
     c  movq %r12, 8(%rsp)
    11  movq %rdi, %r12
    14  testl %esi, %esi
    16  movq %rsi, %rbx
    19  je 0x94
    1f  testl %ebx, %ebx
    21  je 0xae
    27  movq -0x60(%r12), %rdi
    2c  movl $2, %esi
    31  movq -0x68(%r12), %rax
    36  callq *%rax
    38  cmpl $0x64, %ebx
    3b  jge 0xc4
    41  cmpl $0xc8, %ebx
    47  jg 0x5e
    4d  movq -0x60(%r12), %rdi
    52  movl $5, %esi
    57  movq -0x68(%r12), %rax
    5c  callq *%rax
    5e  testl %ebx, %ebx
    60  jne 0x6e
    66  movq %rbx, %rax
    69  jmp 0x82
    6e  movq -0x60(%r12), %rdi
    73  movl $6, %esi
    78  movq -0x68(%r12), %rax
    7d  callq *%rax
    7f  movq %rbx, %rax
    82  movq (%rsp), %rbx
    86  movq 8(%rsp), %r12
    8b  addq $0x10, %rsp
    8f  movq %rbp, %rsp
    92  popq %rbp
    93  retq
    94  movq %r12, %rdi
    97  movq -0x60(%rdi), %rdi
    9b  movl $1, %esi
    a0  movq %r12, %rax
    a3  movq -0x68(%rax), %rcx
    a7  callq *%rcx
    a9  jmp 0x1f
    ae  movq -0x60(%r12), %rdi
    b3  movl $3, %esi
    b8  movq -0x68(%r12), %rax
    bd  callq *%rax
    bf  jmp 0x38
    c4  movq -0x60(%r12), %rdi
    c9  movl $4, %esi
    ce  movq -0x68(%r12), %rax
    d3  callq *%rax
    d5  jmp 0x41
