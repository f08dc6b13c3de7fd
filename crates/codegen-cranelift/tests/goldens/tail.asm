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
    1d  jbe 0x79
    23  movq -0x40(%rdi), %rcx
    27  leaq 0x40(%rcx), %rax
    2b  movl 0x40(%rcx), %ecx
    2e  movl -0x84(%rdi), %esi
    34  cmpl %esi, %ecx
    36  jne 0x5e
    3c  movq 0x10(%rax), %rdi
    40  movq 8(%rax), %r10
    44  movq %rbx, %rdx
    47  movq %r12, %rsi
    4a  movq (%rsp), %rbx
    4e  movq 8(%rsp), %r12
    53  addq $0x10, %rsp
    57  movq %rbp, %rsp
    5a  popq %rbp
    5b  jmpq *%r10
    5e  xorq %rdx, %rdx
    61  movl $2, %ecx
    66  movl %esi, %r8d
    69  movl $0xb, %esi
    6e  movq -0x10(%rdi), %rax
    72  callq *%rax
    74  jmp 0x3c
    79  ud2 ; trap: undefined element
