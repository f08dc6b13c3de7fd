own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  leal (%rsi, %rdx), %eax
     7  movq %rbp, %rsp
     a  popq %rbp
     b  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl $1, (%rsi)
     a  movq $2, 0x10(%rsi)
    12  movq %rbp, %rsp
    15  popq %rbp
    16  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %r12, (%rsp)
     c  movq %rdi, %r12
     f  movq -0x60(%rdi), %rdi
    13  movq %r12, %rax
    16  movq -0x68(%rax), %r8
    1a  callq *%r8
    1d  movl $3, %edx
    22  movq %rax, %rsi
    25  movq %r12, %rdi
    28  callq 0x2d ; func 1
    2d  movq (%rsp), %r12
    31  addq $0x10, %rsp
    35  movq %rbp, %rsp
    38  popq %rbp
    39  retq
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x20, %rsp
     8  leaq (%rsp), %rsi
     c  callq 0x11 ; func 2
    11  movl (%rsp), %esi
    14  movq 0x10(%rsp), %rax
    19  addq $0x20, %rsp
    1d  movq %rbp, %rsp
    20  popq %rbp
    21  retq
