own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  xorl %eax, %eax
     6  testl %edx, %edx
     8  je 0x28
     e  xorl %eax, %eax
    10  movl %esi, %ecx
    12  movl (%rdi, %rcx), %ecx ; trap: out of bounds memory access
    15  addl %ecx, %eax
    17  subl $1, %edx
    1a  addl $4, %esi
    20  testl %edx, %edx
    22  jne 0x10
    28  movq %rbp, %rsp
    2b  popq %rbp
    2c  retq
