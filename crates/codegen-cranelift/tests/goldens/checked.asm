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
     4  xorl %eax, %eax
     6  movl %esi, %ecx
     8  leaq 4(%rcx), %r8
     c  cmpq -0x38(%rdi), %r8
    10  ja 0x36
    16  movq -0x40(%rdi), %r8
    1a  movl (%r8, %rcx), %ecx ; trap: out of bounds memory access
    1e  addl %ecx, %eax
    20  subl $1, %edx
    23  addl $4, %esi
    29  testl %edx, %edx
    2b  jne 6
    31  movq %rbp, %rsp
    34  popq %rbp
    35  retq
    36  ud2 ; trap: out of bounds memory access
