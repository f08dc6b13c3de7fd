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
     4  subq $0x30, %rsp
     8  movq %rbx, 0x10(%rsp)
     d  movq %r12, 0x18(%rsp)
    12  movq %r15, 0x20(%rsp)
    17  movl %edx, %r12d
    1a  movl %esi, %r15d
    1d  movq %rdi, %rbx
    20  movl (%rbx, %r15), %esi ; trap: out of bounds memory access
    24  movl 8(%rbx, %r15), %r10d ; trap: out of bounds memory access
    29  movl $1, %edx
    2e  movl $2, %ecx
    33  movl $3, %r8d
    39  movl $4, %r9d
    3f  leaq (%rbx), %rdi
    42  movq %r12, (%rsp)
    46  movq %r10, 8(%rsp)
    4b  callq 0x50 ; func 0
    50  subq $0x10, %rsp
    54  movl %eax, (%rbx, %r15) ; trap: out of bounds memory access
    58  subl $1, %r12d
    5c  testl %r12d, %r12d
    5f  jne 0x20
    65  movq 0x10(%rsp), %rbx
    6a  movq 0x18(%rsp), %r12
    6f  movq 0x20(%rsp), %r15
    74  addq $0x30, %rsp
    78  movq %rbp, %rsp
    7b  popq %rbp
    7c  retq
