own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %eax
     6  imulq %rdx, %r9
     a  imulq %r8, %rcx
     e  addq %r9, %rcx
    11  movq %r8, %rsi
    14  shrq $0x20, %rsi
    18  movq %rdx, %r9
    1b  shrq $0x20, %r9
    1f  movq %rsi, %r10
    22  imulq %r9, %r10
    26  addq %rcx, %r10
    29  andq 0x60(%rip), %r8
    30  andq 0x59(%rip), %rdx
    37  movq %r8, %rcx
    3a  imulq %rdx, %rcx
    3e  movq %rcx, %r11
    41  shrq $0x20, %r11
    45  imulq %r9, %r8
    49  leaq (%r11, %r8), %r9
    4d  movq %r9, %r8
    50  shrq $0x20, %r8
    54  addq %r10, %r8
    57  andq 0x32(%rip), %r9
    5e  imulq %rdx, %rsi
    62  leaq (%r9, %rsi), %rdx
    66  movq %rdx, %rsi
    69  shrq $0x20, %rsi
    6d  addq %r8, %rsi
    70  movq %rsi, 8(%rdi, %rax) ; trap: out of bounds memory access
    75  shlq $0x20, %rdx
    79  andq 0x10(%rip), %rcx
    80  orq %rcx, %rdx
    83  movq %rdx, (%rdi, %rax) ; trap: out of bounds memory access
    87  movq %rbp, %rsp
    8a  popq %rbp
    8b  retq
    90  data ff ff ff ff 00 00 00 00
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r8d
     7  mulxq %rcx, %r9, %rsi
     c  movq %rsi, 8(%rdi, %r8) ; trap: out of bounds memory access
    11  movq %r9, (%rdi, %r8) ; trap: out of bounds memory access
    15  movq %rbp, %rsp
    18  popq %rbp
    19  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r11d
     7  mulxq %r8, %rax, %r9
     c  imulq %rcx, %r8
    10  subq %rdx, %r9
    13  leaq (%r9, %r8), %r10
    17  movq %r10, 8(%rdi, %r11) ; trap: out of bounds memory access
    1c  movq %rax, (%rdi, %r11) ; trap: out of bounds memory access
    20  movq %rbp, %rsp
    23  popq %rbp
    24  retq
