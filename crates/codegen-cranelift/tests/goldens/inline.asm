own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  testl %esi, %esi
     6  jl 0x19
     c  cmpl %esi, %edx
     e  movq %rsi, %rax
    11  cmovll %edx, %eax
    14  movq %rbp, %rsp
    17  popq %rbp
    18  retq
    19  xorl %eax, %eax
    1b  movq %rbp, %rsp
    1e  popq %rbp
    1f  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  testl %esi, %esi
     6  jl 0x21
     c  movl $0xff, %r9d
    12  cmpl %esi, %r9d
    15  cmovll %r9d, %esi
    19  movq %rsi, %rax
    1c  jmp 0x23
    21  xorl %eax, %eax
    23  movq %rbp, %rsp
    26  popq %rbp
    27  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rsi, %rax
     7  movq %rbp, %rsp
     a  popq %rbp
     b  retq
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rcx, (%rsi)
     7  movl %edx, 0x10(%rsi)
     a  movq %rbp, %rsp
     d  popq %rbp
     e  retq
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  testl %esi, %esi
     6  jl 0x21
     c  movl $0xff, %r10d
    12  cmpl %esi, %r10d
    15  cmovll %r10d, %esi
    19  movq %rsi, %rax
    1c  jmp 0x23
    21  xorl %eax, %eax
    23  movq %rbp, %rsp
    26  popq %rbp
    27  retq
own function 5
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rsi, %rax
     7  testl %eax, %eax
     9  jne 7
     f  movq %rbp, %rsp
    12  popq %rbp
    13  retq
own function 6
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl $1, %eax
     9  movq %rbp, %rsp
     c  popq %rbp
     d  retq
