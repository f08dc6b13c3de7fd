own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %rbx, (%rsp)
     c  movq %rsi, %rbx
     f  movl %edx, %ecx
    11  cmpl -0x38(%rdi), %ecx
    14  jae 0x67
    1a  movq -0x40(%rdi), %rdx
    1e  movq %rcx, %rsi
    21  shlq $5, %rsi
    25  leaq (%rdx, %rsi), %rax
    29  movl (%rdx, %rsi), %edx
    2c  movl -0x48(%rdi), %esi
    2f  cmpl %esi, %edx
    31  jne 0x51
    37  movq 0x10(%rax), %rdi
    3b  movq 8(%rax), %rax
    3f  movq %rbx, %rsi
    42  callq *%rax
    44  movq (%rsp), %rbx
    48  addq $0x10, %rsp
    4c  movq %rbp, %rsp
    4f  popq %rbp
    50  retq
    51  xorq %rdx, %rdx
    54  movl %esi, %r8d
    57  movl $0xb, %esi
    5c  movq -0x10(%rdi), %rax
    60  callq *%rax
    62  jmp 0x37
    67  ud2 ; trap: undefined element
