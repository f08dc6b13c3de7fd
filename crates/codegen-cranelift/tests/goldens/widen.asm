own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %eax
     6  xorl %r8d, %r8d
     9  testl %eax, %eax
     b  jne 0x19
    11  movq %r8, %rax
    14  jmp 0x33
    19  movl 4(%rdi, %rax), %ecx ; trap: out of bounds memory access
    1d  subl $1, %edx
    20  testl %edx, %edx
    22  je 0x33
    28  movq %rax, %r8
    2b  movq %rcx, %rax
    2e  jmp 9
    33  movq %rbp, %rsp
    36  popq %rbp
    37  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r10d
     7  movl %edx, %r11d
     a  movl (%rdi, %r11), %r9d ; trap: out of bounds memory access
     e  testl %ecx, %ecx
    10  cmovneq %r10, %r9
    14  movl %r9d, 8(%rdi, %r9) ; trap: out of bounds memory access
    19  movzbq (%rdi, %r9), %rax ; trap: out of bounds memory access
    1e  movzbq (%rdi, %rax), %rax ; trap: out of bounds memory access
    23  movq %rbp, %rsp
    26  popq %rbp
    27  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq 0x18(%rbp), %rdx
     8  movl %edx, %eax
     a  addl (%rdi, %rax), %eax ; trap: out of bounds memory access
     d  movq %rbp, %rsp
    10  popq %rbp
    11  retq $0x10
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %r12, (%rsp)
     c  movq %r15, 8(%rsp)
    11  movq %rsi, %r12
    14  movl $0x40, %edx
    19  movq %rdi, %r15
    1c  movl (%r15, %rdx), %esi ; trap: out of bounds memory access
    20  leaq (%r15), %rdi
    23  callq 0x28 ; func 0
    28  movl %eax, %eax
    2a  movq %r12, %rsi
    2d  subl $1, %esi
    30  testl %esi, %esi
    32  je 0x43
    38  movq %rax, %rdx
    3b  movq %rsi, %r12
    3e  jmp 0x1c
    43  movq (%rsp), %r12
    47  movq 8(%rsp), %r15
    4c  addq $0x10, %rsp
    50  movq %rbp, %rsp
    53  popq %rbp
    54  retq
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  movswq (%rdi, %rsi), %rsi ; trap: out of bounds memory access
     b  movl %esi, %eax
     d  addl (%rdi, %rax), %eax ; trap: out of bounds memory access
    10  movq %rbp, %rsp
    13  popq %rbp
    14  retq
own function 5
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  xorl %eax, %eax
     6  movq %rsi, %rcx
     9  roll %cl, %eax
     b  subl $1, %ecx
     e  testl %ecx, %ecx
    10  jne 9
    16  movq %rbp, %rsp
    19  popq %rbp
    1a  retq
