own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  addq %rcx, %rsi
     7  adcq %r8, %rdx
     a  movq %rsi, %rax
     d  xorq %rdx, %rax
    10  movq %rbp, %rsp
    13  popq %rbp
    14  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq %rcx, %rsi
     7  sbbq %r8, %rdx
     a  movq %rsi, %rax
     d  xorq %rdx, %rax
    10  movq %rbp, %rsp
    13  popq %rbp
    14  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rdx, %rdi
     7  movq %rsi, %rdx
     a  mulxq %rdi, %rax, %rsi
     f  xorq %rsi, %rax
    12  movq %rbp, %rsp
    15  popq %rbp
    16  retq
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rsi, %rax
     7  imulq %rdx
     a  xorq %rdx, %rax
     d  movq %rbp, %rsp
    10  popq %rbp
    11  retq
