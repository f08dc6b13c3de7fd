own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  testl $3, %esi
     c  jne 0x22
    12  movq -0x38(%rdi), %r8
    16  movq (%r8), %r8
    19  movl (%r8, %rsi), %eax ; trap: out of bounds memory access
    1d  movq %rbp, %rsp
    20  popq %rbp
    21  retq
    22  ud2 ; trap: unaligned atomic
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rdi, %rax
     7  movl %esi, %edi
     9  leal 2(%rdi), %r8d
     d  testl $3, %r8d
    14  jne 0x2e
    1a  movq -0x38(%rax), %r9
    1e  movq (%r9), %r9
    21  movl %edx, 6(%r9, %rdi) ; trap: out of bounds memory access
    26  mfence
    29  movq %rbp, %rsp
    2c  popq %rbp
    2d  retq
    2e  ud2 ; trap: unaligned atomic
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r8d
     7  testl $3, %r8d
     e  jne 0x29
    14  movq -0x38(%rdi), %r9
    18  movq (%r9), %r9
    1b  movq %rdx, %rax
    1e  lock xaddl %eax, (%r9, %r8) ; trap: out of bounds memory access
    24  movq %rbp, %rsp
    27  popq %rbp
    28  retq
    29  ud2 ; trap: unaligned atomic
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  movq -0x38(%rdi), %rdi
     a  movq (%rdi), %rdi
     d  lock xorb %dl, (%rdi, %rsi) ; trap: out of bounds memory access
    11  movq %rbp, %rsp
    14  popq %rbp
    15  retq
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r9d
     7  testl $1, %r9d
     e  jne 0x2d
    14  movq -0x38(%rdi), %r11
    18  movq (%r11), %r11
    1b  movq %rdx, %rax
    1e  lock cmpxchgw %cx, (%r11, %r9) ; trap: out of bounds memory access
    25  movzwl %ax, %eax
    28  movq %rbp, %rsp
    2b  popq %rbp
    2c  retq
    2d  ud2 ; trap: unaligned atomic
own function 5
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq -0x38(%rdi), %rsi
     8  movq (%rsi), %rsi
     b  movq 8(%rsi), %rax ; trap: out of bounds memory access
     f  mfence
    12  movq %rbp, %rsp
    15  popq %rbp
    16  retq
