own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq -0x38(%rdi), %r8
     8  subq $0xc, %r8
     c  cmpq %r8, %rsi
     f  ja 0x23
    15  movq -0x40(%rdi), %r8
    19  movl 8(%r8, %rsi), %eax ; trap: out of bounds memory access
    1e  movq %rbp, %rsp
    21  popq %rbp
    22  retq
    23  ud2 ; trap: out of bounds memory access
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  cmpq -0x48(%rdi), %rsi
     8  jae 0x1a
     e  movq -0x50(%rdi), %rdi
    12  movl (%rdi, %rsi, 8), %eax
    15  movq %rbp, %rsp
    18  popq %rbp
    19  retq
    1a  ud2 ; trap: out of bounds table access
