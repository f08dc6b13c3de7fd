own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  andnq %rdx, %rsi, %rax
     9  xorq %rcx, %rax
     c  movq %rbp, %rsp
     f  popq %rbp
    10  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  andnl %edx, %esi, %eax
     9  xorl %ecx, %eax
     b  movq %rbp, %rsp
     e  popq %rbp
     f  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  xorq %rdx, %rcx
     7  andq %rdx, %rsi
     a  movq %rcx, %rdi
     d  xorq %rsi, %rdi
    10  leaq (%rcx, %rdi), %rax
    14  movq %rbp, %rsp
    17  popq %rbp
    18  retq
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  xorq %r8, %rcx
     7  andq %rdx, %rsi
     a  movq %rcx, %rax
     d  xorq %rsi, %rax
    10  movq %rbp, %rsp
    13  popq %rbp
    14  retq
