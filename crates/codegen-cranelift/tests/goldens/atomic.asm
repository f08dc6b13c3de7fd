own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  testl $3, %esi
     a  jne 0x23
    10  movq -0x38(%rdi), %r8
    14  movq (%r8), %r8
    17  movl %esi, %r9d
    1a  movl (%r8, %r9), %eax ; trap: out of bounds memory access
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
    15  movq -0x38(%rdi), %r9
    19  movq (%r9), %r9
    1c  movl %esi, %r10d
    1f  movl %edx, 6(%r9, %r10) ; trap: out of bounds memory access
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
    10  movq -0x38(%rdi), %r9
    14  movq (%r9), %r9
    17  movl %esi, %r10d
    1a  movq %rdx, %rax
    1d  lock xaddl %eax, (%r9, %r10) ; trap: out of bounds memory access
    23  movq %rbp, %rsp
    26  popq %rbp
    27  retq
    28  ud2 ; trap: unaligned atomic
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq -0x38(%rdi), %rdi
     8  movq (%rdi), %rdi
     b  movl %esi, %esi
     d  lock xorb %dl, (%rdi, %rsi) ; trap: out of bounds memory access
    11  movq %rbp, %rsp
    14  popq %rbp
    15  retq
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  testl $1, %esi
     a  jne 0x2b
    10  movq -0x38(%rdi), %r11
    14  movq (%r11), %r11
    17  movl %esi, %esi
    19  movq %rdx, %rax
    1c  lock cmpxchgw %cx, (%r11, %rsi) ; trap: out of bounds memory access
    23  movzwl %ax, %eax
    26  movq %rbp, %rsp
    29  popq %rbp
    2a  retq
    2b  ud2 ; trap: unaligned atomic
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
