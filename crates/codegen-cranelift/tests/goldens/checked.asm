own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  leaq 0xc(%rsi), %r8
     a  cmpq -0x38(%rdi), %r8
     e  ja 0x22
    14  movq -0x40(%rdi), %r8
    18  movl 8(%r8, %rsi), %eax ; trap: out of bounds memory access
    1d  movq %rbp, %rsp
    20  popq %rbp
    21  retq
    22  ud2 ; trap: out of bounds memory access
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  xorl %eax, %eax
     8  leaq 4(%rsi), %rcx
     c  cmpq -0x38(%rdi), %rcx
    10  ja 0x35
    16  movq -0x40(%rdi), %rcx
    1a  movl (%rcx, %rsi), %ecx ; trap: out of bounds memory access
    1d  addl %ecx, %eax
    1f  subl $1, %edx
    22  addl $4, %esi
    28  testl %edx, %edx
    2a  jne 8
    30  movq %rbp, %rsp
    33  popq %rbp
    34  retq
    35  ud2 ; trap: out of bounds memory access
