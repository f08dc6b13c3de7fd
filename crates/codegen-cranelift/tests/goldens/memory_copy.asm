own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rsi, %r8
     7  movl %edx, %esi
     9  movl %r8d, %r8d
     c  vmovdqu (%rdi, %rsi), %xmm6 ; trap: out of bounds memory access
    11  vmovdqu %xmm6, (%rdi, %r8) ; trap: out of bounds memory access
    17  movq %rbp, %rsp
    1a  popq %rbp
    1b  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r8d
     7  movl %edx, %eax
     9  movl %ecx, %edx
     b  leaq (%r8, %rdx), %rcx
     f  movq -0x38(%rdi), %rsi
    13  movq %rdi, %r9
    16  cmpq %rsi, %rcx
    19  ja 0x44
    1f  movq %r9, %rcx
    22  leaq (%rcx, %r8), %rdi
    26  leaq (%rax, %rdx), %rcx
    2a  cmpq %rsi, %rcx
    2d  ja 0x46
    33  movq %r9, %rcx
    36  leaq (%rcx, %rax), %rsi
    3a  callq 0x3f ; leaf:memory_copy
    3f  movq %rbp, %rsp
    42  popq %rbp
    43  retq
    44  ud2 ; trap: out of bounds memory access
    46  ud2 ; trap: out of bounds memory access
