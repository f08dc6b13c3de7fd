own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq 0x10(%rbp), %rax
     8  movq 0x18(%rbp), %rdx
     c  addl %edx, %eax
     e  movq %rbp, %rsp
    11  popq %rbp
    12  retq $0x10
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r8d
     7  movl (%rdi, %r8), %r9d ; trap: out of bounds memory access
     b  movq %rdx, %r9
     e  addl 8(%rdi, %r8), %r9d ; trap: out of bounds memory access
    13  movl %r9d, (%rdi, %r8) ; trap: out of bounds memory access
    17  subl $1, %edx
    1a  testl %edx, %edx
    1c  jne 7
    22  movq %rbp, %rsp
    25  popq %rbp
    26  retq
