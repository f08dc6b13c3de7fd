own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  movl 8(%rdi, %rsi), %eax ; trap: out of bounds memory access
     a  movq %rbp, %rsp
     d  popq %rbp
     e  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  movq %rdx, 0x10(%rdi, %rsi) ; trap: out of bounds memory access
     b  movq %rbp, %rsp
     e  popq %rbp
     f  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  movswq (%rdi, %rsi), %rax ; trap: out of bounds memory access
     b  movq %rbp, %rsp
     e  popq %rbp
     f  retq
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  addl $8, %esi
     a  vmovsd %xmm0, (%rdi, %rsi) ; trap: out of bounds memory access
     f  movq %rbp, %rsp
    12  popq %rbp
    13  retq
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl 0x400(%rdi), %eax ; trap: out of bounds memory access
     a  movq %rbp, %rsp
     d  popq %rbp
     e  retq
