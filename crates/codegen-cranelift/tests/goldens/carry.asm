own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r10d
     7  leaq (%r8, %rdx), %r11
     b  movq %r11, (%rdi, %r10) ; trap: out of bounds memory access
     f  addq %rdx, %r8
    12  adcq %rcx, %r9
    15  movq %r9, 8(%rdi, %r10) ; trap: out of bounds memory access
    1a  movq %rbp, %rsp
    1d  popq %rbp
    1e  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  addq %rcx, %rsi
     7  adcq %r8, %rdx
     a  movq %rsi, %rax
     d  xorq %rdx, %rax
    10  movq %rbp, %rsp
    13  popq %rbp
    14  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  addq %rdx, %rsi
     7  adcq $0, %rcx
     b  movq %rsi, %rax
     e  xorq %rcx, %rax
    11  movq %rbp, %rsp
    14  popq %rbp
    15  retq
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  leaq (%rsi, %rdx), %rdi
     8  cmpq %rcx, %rdi
     b  setb %r8b
     f  movzbq %r8b, %r8
    13  leaq (%rcx, %r8), %rax
    17  movq %rbp, %rsp
    1a  popq %rbp
    1b  retq
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  leaq (%rsi, %rdx), %rdi
     8  cmpq %rsi, %rdi
     b  setl %r8b
     f  movzbq %r8b, %r8
    13  leaq (%rcx, %r8), %rax
    17  movq %rbp, %rsp
    1a  popq %rbp
    1b  retq
