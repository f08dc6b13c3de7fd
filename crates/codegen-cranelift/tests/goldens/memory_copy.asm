own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %edx, %r9d
     7  movl %esi, %r10d
     a  movq -0x38(%rdi), %r11
     e  leaq 0x10(%r10), %rax
    12  cmpq %r11, %rax
    15  ja 0x39
    1b  leaq 0x10(%r9), %rax
    1f  cmpq %r11, %rax
    22  ja 0x3b
    28  vmovdqu (%rdi, %r9), %xmm0 ; trap: out of bounds memory access
    2e  vmovdqu %xmm0, (%rdi, %r10) ; trap: out of bounds memory access
    34  movq %rbp, %rsp
    37  popq %rbp
    38  retq
    39  ud2 ; trap: out of bounds memory access
    3b  ud2 ; trap: out of bounds memory access
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %edx, %eax
     6  movl %ecx, %edx
     8  movl %esi, %ecx
     a  movq -0x38(%rdi), %rsi
     e  movq %rdi, %r8
    11  leaq (%rcx, %rdx), %rdi
    15  cmpq %rsi, %rdi
    18  ja 0x43
    1e  leaq (%rax, %rdx), %rdi
    22  cmpq %rsi, %rdi
    25  ja 0x45
    2b  movq %r8, %rsi
    2e  leaq (%rsi, %rcx), %rdi
    32  movq %rsi, %rcx
    35  leaq (%rcx, %rax), %rsi
    39  callq 0x3e ; leaf:memory_copy
    3e  movq %rbp, %rsp
    41  popq %rbp
    42  retq
    43  ud2 ; trap: out of bounds memory access
    45  ud2 ; trap: out of bounds memory access
