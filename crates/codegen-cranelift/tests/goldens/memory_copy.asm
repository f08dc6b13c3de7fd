own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq -0x38(%rdi), %r10
     8  movl %esi, %r9d
     b  leaq 0x10(%r9), %r11
     f  cmpq %r10, %r11
    12  ja 0x39
    18  movl %edx, %r11d
    1b  leaq 0x10(%r11), %rax
    1f  cmpq %r10, %rax
    22  ja 0x3b
    28  vmovdqu (%rdi, %r11), %xmm0 ; trap: out of bounds memory access
    2e  vmovdqu %xmm0, (%rdi, %r9) ; trap: out of bounds memory access
    34  movq %rbp, %rsp
    37  popq %rbp
    38  retq
    39  ud2 ; trap: out of bounds memory access
    3b  ud2 ; trap: out of bounds memory access
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rdx, %r9
     7  movq -0x38(%rdi), %r8
     b  movl %esi, %eax
     d  movl %ecx, %edx
     f  leaq (%rax, %rdx), %rcx
    13  cmpq %r8, %rcx
    16  ja 0x45
    1c  movq %r9, %rcx
    1f  movl %ecx, %esi
    21  leaq (%rsi, %rdx), %rcx
    25  cmpq %r8, %rcx
    28  ja 0x47
    2e  movq %rdi, %rcx
    31  leaq (%rcx, %rax), %rdi
    35  movq %rcx, %rax
    38  addq %rax, %rsi
    3b  callq 0x40 ; leaf:memory_copy
    40  movq %rbp, %rsp
    43  popq %rbp
    44  retq
    45  ud2 ; trap: out of bounds memory access
    47  ud2 ; trap: out of bounds memory access
