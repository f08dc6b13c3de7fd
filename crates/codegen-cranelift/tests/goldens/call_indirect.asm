own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %rbx, (%rsp)
     c  movq %rsi, %rbx
     f  movl %edx, %ecx
    11  cmpl -0x38(%rdi), %ecx
    14  jae 0x69
    1a  movq -0x40(%rdi), %rdx
    1e  movq %rcx, %rsi
    21  shlq $5, %rsi
    25  leaq (%rdx, %rsi), %rax
    29  movl (%rdx, %rsi), %edx
    2c  movl -0x48(%rdi), %r8d
    30  cmpl %r8d, %edx
    33  jne 0x53
    39  movq 0x10(%rax), %rdi
    3d  movq 8(%rax), %rax
    41  movq %rbx, %rsi
    44  callq *%rax
    46  movq (%rsp), %rbx
    4a  addq $0x10, %rsp
    4e  movq %rbp, %rsp
    51  popq %rbp
    52  retq
    53  movq -0x10(%rdi), %rax
    57  movl $0xb, %esi
    5c  xorq %rdx, %rdx
    5f  movl %r8d, %r8d
    62  callq *%rax
    64  jmp 0x39
    69  ud2 ; trap: undefined element
