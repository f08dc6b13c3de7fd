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
     4  xorl %eax, %eax
     6  movq %rsi, %rcx
     9  roll %cl, %eax
     b  subl $1, %ecx
     e  testl %ecx, %ecx
    10  jne 9
    16  movq %rbp, %rsp
    19  popq %rbp
    1a  retq
