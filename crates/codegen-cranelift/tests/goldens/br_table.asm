own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl $2, %edi
     9  movl %esi, %r8d
     c  cmpl %edi, %r8d
     f  cmovbl %r8d, %edi
    13  leaq 9(%rip), %rcx
    1a  movslq (%rcx, %rdi, 4), %rax
    1e  addq %rax, %rcx
    21  jmpq *%rcx
    23  -> 39
    27  -> 2f
    2b  -> 43
    2f  movl $0x14, %eax
    34  movq %rbp, %rsp
    37  popq %rbp
    38  retq
    39  movl $0xa, %eax
    3e  movq %rbp, %rsp
    41  popq %rbp
    42  retq
    43  movl $0x1e, %eax
    48  movq %rbp, %rsp
    4b  popq %rbp
    4c  retq
