own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  imulq %rdx, %r9
     8  imulq %r8, %rcx
     c  leaq (%r9, %rcx), %rax
    10  movq %r8, %rcx
    13  shrq $0x20, %rcx
    17  movq %rdx, %r9
    1a  shrq $0x20, %r9
    1e  movq %rcx, %r10
    21  imulq %r9, %r10
    25  addq %rax, %r10
    28  andq 0x61(%rip), %r8
    2f  andq 0x5a(%rip), %rdx
    36  movq %r8, %rax
    39  imulq %rdx, %rax
    3d  movq %rax, %r11
    40  shrq $0x20, %r11
    44  imulq %r9, %r8
    48  leaq (%r11, %r8), %r9
    4c  movq %r9, %r8
    4f  shrq $0x20, %r8
    53  addq %r10, %r8
    56  andq 0x33(%rip), %r9
    5d  imulq %rdx, %rcx
    61  addq %r9, %rcx
    64  movq %rcx, %rdx
    67  shrq $0x20, %rdx
    6b  addq %rdx, %r8
    6e  movl %esi, %edx
    70  movq %r8, 8(%rdi, %rdx) ; trap: out of bounds memory access
    75  shlq $0x20, %rcx
    79  andq 0x10(%rip), %rax
    80  orq %rax, %rcx
    83  movq %rcx, (%rdi, %rdx) ; trap: out of bounds memory access
    87  movq %rbp, %rsp
    8a  popq %rbp
    8b  retq
    90  data ff ff ff ff 00 00 00 00
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rsi, %r9
     7  mulxq %rcx, %r8, %rsi
     c  movl %r9d, %r9d
     f  movq %rsi, 8(%rdi, %r9) ; trap: out of bounds memory access
    14  movq %r8, (%rdi, %r9) ; trap: out of bounds memory access
    18  movq %rbp, %rsp
    1b  popq %rbp
    1c  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  mulxq %r8, %r11, %r9
     9  subq %rdx, %r9
     c  imulq %rcx, %r8
    10  leaq (%r9, %r8), %r10
    14  movl %esi, %eax
    16  movq %r10, 8(%rdi, %rax) ; trap: out of bounds memory access
    1b  movq %r11, (%rdi, %rax) ; trap: out of bounds memory access
    1f  movq %rbp, %rsp
    22  popq %rbp
    23  retq
