own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  addl $1, %edx
     a  movq %rbp, %rsp
     d  popq %rbp
     e  jmp 0x13 ; func 1
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq -0x70(%rdi), %r8
     8  movq -0x78(%rdi), %r10
     c  movq %r8, %rdi
     f  movq %rbp, %rsp
    12  popq %rbp
    13  jmpq *%r10
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %rbx, (%rsp)
     c  movq %r12, 8(%rsp)
    11  movq %rdx, %rbx
    14  movq %rsi, %r12
    17  movl -0x38(%rdi), %eax
    1a  cmpl $2, %eax
    1d  jbe 0x7b
    23  movq -0x40(%rdi), %rcx
    27  leaq 0x40(%rcx), %rax
    2b  movl 0x40(%rcx), %edx
    2e  movl -0x84(%rdi), %r8d
    35  cmpl %r8d, %edx
    38  jne 0x60
    3e  movq 0x10(%rax), %rdi
    42  movq 8(%rax), %r10
    46  movq %rbx, %rdx
    49  movq %r12, %rsi
    4c  movq (%rsp), %rbx
    50  movq 8(%rsp), %r12
    55  addq $0x10, %rsp
    59  movq %rbp, %rsp
    5c  popq %rbp
    5d  jmpq *%r10
    60  movq -0x10(%rdi), %rax
    64  movl $0xb, %esi
    69  xorq %rdx, %rdx
    6c  movl $2, %ecx
    71  movl %r8d, %r8d
    74  callq *%rax
    76  jmp 0x3e
    7b  ud2 ; trap: undefined element
