own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  subq $0x10, %rsp
     8  movq %rbx, (%rsp)
     c  movq %rsi, %rbx
     f  cmpl -0x38(%rdi), %edx
    12  movq %rdx, %rax
    15  jae 0x6c
    1b  movq -0x40(%rdi), %rdx
    1f  movl %eax, %ecx
    21  movq %rcx, %rsi
    24  shlq $5, %rsi
    28  leaq (%rdx, %rsi), %rax
    2c  movl (%rdx, %rsi), %edx
    2f  movl -0x48(%rdi), %r8d
    33  cmpl %r8d, %edx
    36  jne 0x56
    3c  movq 0x10(%rax), %rdi
    40  movq 8(%rax), %rax
    44  movq %rbx, %rsi
    47  callq *%rax
    49  movq (%rsp), %rbx
    4d  addq $0x10, %rsp
    51  movq %rbp, %rsp
    54  popq %rbp
    55  retq
    56  movq -0x10(%rdi), %rax
    5a  movl $0xb, %esi
    5f  xorq %rdx, %rdx
    62  movl %r8d, %r8d
    65  callq *%rax
    67  jmp 0x3c
    6c  ud2 ; trap: undefined element
