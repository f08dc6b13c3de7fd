own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  xorl %eax, %eax
     8  testl %edx, %edx
     a  je 0x28
    10  xorl %eax, %eax
    12  movl (%rdi, %rsi), %ecx ; trap: out of bounds memory access
    15  addl %ecx, %eax
    17  subl $1, %edx
    1a  addl $4, %esi
    20  testl %edx, %edx
    22  jne 0x12
    28  movq %rbp, %rsp
    2b  popq %rbp
    2c  retq
