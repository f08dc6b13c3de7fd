own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  cmpl %edx, %esi
     6  jge 0x16
     c  movl $2, %eax
    11  jmp 0x1b
    16  movl $1, %eax
    1b  movq %rbp, %rsp
    1e  popq %rbp
    1f  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  vucomisd %xmm0, %xmm1
     8  movq %rdx, %rax
     b  cmovaq %rsi, %rax
     f  movq %rbp, %rsp
    12  popq %rbp
    13  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  cmpl %edx, %esi
     6  setb %dil
     a  movzbl %dil, %edi
     e  leal (%rdi, %rsi), %eax
    11  movq %rbp, %rsp
    14  popq %rbp
    15  retq
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  testl %esi, %esi
     6  je 0x16
     c  movl $7, %eax
    11  movq %rbp, %rsp
    14  popq %rbp
    15  retq
    16  movl $8, %eax
    1b  movq %rbp, %rsp
    1e  popq %rbp
    1f  retq
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  vpxor %xmm5, %xmm5, %xmm7
     8  vpcmpeqb %xmm7, %xmm0, %xmm0
     c  vptest %xmm0, %xmm0
    11  je 0x21
    17  movl $2, %eax
    1c  jmp 0x26
    21  movl $1, %eax
    26  movq %rbp, %rsp
    29  popq %rbp
    2a  retq
own function 5
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  cmpl $4, %esi
     7  setne %r8b
     b  cmpl $8, %edx
     e  setne %r9b
    12  testb %r8b, %r9b
    15  jne 0x25
    1b  movl $2, %eax
    20  jmp 0x2a
    25  movl $1, %eax
    2a  movq %rbp, %rsp
    2d  popq %rbp
    2e  retq
