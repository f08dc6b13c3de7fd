own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  movl %edx, %r8d
     9  vmovdqu (%rdi, %r8), %xmm6 ; trap: out of bounds memory access
     f  vmovdqu %xmm6, (%rdi, %rsi) ; trap: out of bounds memory access
    14  movq %rbp, %rsp
    17  popq %rbp
    18  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %ecx, %r9d
     7  movl %edx, %eax
     9  movl %esi, %ecx
     b  leaq (%rcx, %r9), %r8
     f  movq -0x38(%rdi), %rsi
    13  movq %rdi, %rdx
    16  cmpq %rsi, %r8
    19  ja 0x44
    1f  leaq (%rdx, %rcx), %rdi
    23  leaq (%rax, %r9), %rcx
    27  cmpq %rsi, %rcx
    2a  ja 0x46
    30  movq %rdx, %rcx
    33  leaq (%rcx, %rax), %rsi
    37  movq %r9, %rdx
    3a  callq 0x3f ; leaf:memory_copy
    3f  movq %rbp, %rsp
    42  popq %rbp
    43  retq
    44  ud2 ; trap: out of bounds memory access
    46  ud2 ; trap: out of bounds memory access
