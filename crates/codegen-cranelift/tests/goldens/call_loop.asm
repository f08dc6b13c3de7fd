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
     4  movl %esi, %r9d
     7  movl (%rdi, %r9), %r10d ; trap: out of bounds memory access
     b  movl 8(%rdi, %r9), %r10d ; trap: out of bounds memory access
    10  leal (%rdx, %r10), %eax
    14  movl %eax, (%rdi, %r9) ; trap: out of bounds memory access
    18  subl $1, %edx
    1b  testl %edx, %edx
    1d  jne 7
    23  movq %rbp, %rsp
    26  popq %rbp
    27  retq
