own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r11d
     7  movq (%rdi, %r11), %rax ; trap: out of bounds memory access
     b  rorxq $0x39, %rax, %r10
    11  xorq 8(%rdi, %r11), %r10 ; trap: out of bounds memory access
    16  rorxq $0x39, %r10, %r10
    1c  xorq 0x10(%rdi, %r11), %r10 ; trap: out of bounds memory access
    21  rorxq $0x39, %r10, %r10
    27  xorq 0x18(%rdi, %r11), %r10 ; trap: out of bounds memory access
    2c  rorxq $0x39, %r10, %rax
    32  movq %rbp, %rsp
    35  popq %rbp
    36  retq
