own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %rbx, (%rsp)
     c  movq %rsi, %rbx
     f  cmpl -0x38(%rdi), %edx
    12  movq %rdx, %rax
    15  jae 0x6a
    1b  movq -0x40(%rdi), %rdx
    1f  movl %eax, %ecx
    21  movq %rcx, %rsi
    24  shlq $5, %rsi
    28  leaq (%rdx, %rsi), %rax
    2c  movl (%rdx, %rsi), %edx
    2f  movl -0x48(%rdi), %esi
    32  cmpl %esi, %edx
    34  jne 0x54
    3a  movq 0x10(%rax), %rdi
    3e  movq 8(%rax), %rax
    42  movq %rbx, %rsi
    45  callq *%rax
    47  movq (%rsp), %rbx
    4b  addq $0x10, %rsp
    4f  movq %rbp, %rsp
    52  popq %rbp
    53  retq
    54  xorq %rdx, %rdx
    57  movl %esi, %r8d
    5a  movl $0xb, %esi
    5f  movq -0x10(%rdi), %rax
    63  callq *%rax
    65  jmp 0x3a
    6a  ud2 ; trap: undefined element
