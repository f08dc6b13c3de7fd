own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  testl $3, %esi
     a  jne 0x23
    10  movl %esi, %r8d
    13  movq -0x38(%rdi), %r9
    17  movq (%r9), %r9
    1a  movl (%r9, %r8), %eax ; trap: out of bounds memory access
    1e  movq %rbp, %rsp
    21  popq %rbp
    22  retq
    23  ud2 ; trap: unaligned atomic
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  leal 2(%rsi), %r8d
     8  testl $3, %r8d
     f  jne 0x2c
    15  movl %esi, %r9d
    18  movq -0x38(%rdi), %r10
    1c  movq (%r10), %r10
    1f  movl %edx, 6(%r10, %r9) ; trap: out of bounds memory access
    24  mfence
    27  movq %rbp, %rsp
    2a  popq %rbp
    2b  retq
    2c  ud2 ; trap: unaligned atomic
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  testl $3, %esi
     a  jne 0x28
    10  movl %esi, %r9d
    13  movq -0x38(%rdi), %r10
    17  movq (%r10), %r10
    1a  movq %rdx, %rax
    1d  lock xaddl %eax, (%r10, %r9) ; trap: out of bounds memory access
    23  movq %rbp, %rsp
    26  popq %rbp
    27  retq
    28  ud2 ; trap: unaligned atomic
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
     4  testl $1, %esi
     a  jne 0x2c
    10  movl %esi, %r11d
    13  movq -0x38(%rdi), %rax
    17  movq (%rax), %rsi
    1a  movq %rdx, %rax
    1d  lock cmpxchgw %cx, (%rsi, %r11) ; trap: out of bounds memory access
    24  movzwl %ax, %eax
    27  movq %rbp, %rsp
    2a  popq %rbp
    2b  retq
    2c  ud2 ; trap: unaligned atomic
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
