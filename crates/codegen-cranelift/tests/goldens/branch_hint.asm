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
    2c  movq -0x68(%r12), %rax
    31  movl $2, %esi
    36  callq *%rax
    38  cmpl $0x64, %ebx
    3b  jge 0xc4
    41  cmpl $0xc8, %ebx
    47  jg 0x5e
    4d  movq -0x60(%r12), %rdi
    52  movq -0x68(%r12), %rax
    57  movl $5, %esi
    5c  callq *%rax
    5e  testl %ebx, %ebx
    60  jne 0x6e
    66  movq %rbx, %rax
    69  jmp 0x82
    6e  movq -0x60(%r12), %rdi
    73  movq -0x68(%r12), %rax
    78  movl $6, %esi
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
    9b  movq %r12, %rcx
    9e  movq -0x68(%rcx), %rax
    a2  movl $1, %esi
    a7  callq *%rax
    a9  jmp 0x1f
    ae  movq -0x60(%r12), %rdi
    b3  movq -0x68(%r12), %rax
    b8  movl $3, %esi
    bd  callq *%rax
    bf  jmp 0x38
    c4  movq -0x60(%r12), %rdi
    c9  movq -0x68(%r12), %rax
    ce  movl $4, %esi
    d3  callq *%rax
    d5  jmp 0x41
