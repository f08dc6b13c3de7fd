own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl -0x38(%rdi), %r8d
     8  movq %r8, %r9
     b  subl $0x10, %r9d
     f  movl %r9d, -0x38(%rdi)
    13  movl %esi, 0xc(%rdi, %r9) ; trap: out of bounds memory access
    18  movl $1, -0x40(%rdi)
    1f  movl %r8d, -0x38(%rdi)
    23  movq %rsi, %rax
    26  movq %rbp, %rsp
    29  popq %rbp
    2a  retq
