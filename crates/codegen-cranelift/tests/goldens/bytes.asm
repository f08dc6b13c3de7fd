own function 0
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movq %rsi, %rax
     7  bswapl %eax
     9  movq %rbp, %rsp
     c  popq %rbp
     d  retq
own function 1
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  movzwq 4(%rdi, %rsi), %rsi ; trap: out of bounds memory access
     c  rolw $8, %si
    10  movzwl %si, %eax
    13  movq %rbp, %rsp
    16  popq %rbp
    17  retq
own function 2
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  movl (%rdi, %rsi), %eax ; trap: out of bounds memory access
     9  movq %rbp, %rsp
     c  popq %rbp
     d  retq
own function 3
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  movq (%rdi, %rsi), %rax ; trap: out of bounds memory access
     a  movq %rbp, %rsp
     d  popq %rbp
     e  retq
own function 4
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %esi
     6  movzwq (%rdi, %rsi), %rsi ; trap: out of bounds memory access
     b  rolw $8, %si
     f  movzwl %si, %eax
    12  movq %rbp, %rsp
    15  popq %rbp
    16  retq
own function 5
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r8d
     7  movzbq (%rdi, %r8), %rax ; trap: out of bounds memory access
     c  movl $7, %r9d
    12  movb %r9b, 1(%rdi, %r8) ; trap: out of bounds memory access
    17  shll $8, %eax
    1a  movzbq 1(%rdi, %r8), %r9 ; trap: out of bounds memory access
    20  orl %r9d, %eax
    23  movq %rbp, %rsp
    26  popq %rbp
    27  retq
own function 6
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r8d
     7  movzbq (%rdi, %r8), %rax ; trap: out of bounds memory access
     c  shll $8, %eax
     f  movzbq 2(%rdi, %r8), %rdi ; trap: out of bounds memory access
    15  orl %edi, %eax
    17  movq %rbp, %rsp
    1a  popq %rbp
    1b  retq
own function 7
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %edx, %r9d
     7  movl %esi, %r10d
     a  movzbq (%rdi, %r10), %rax ; trap: out of bounds memory access
     f  shll $8, %eax
    12  movzbq 1(%rdi, %r9), %r9 ; trap: out of bounds memory access
    18  orl %r9d, %eax
    1b  movq %rbp, %rsp
    1e  popq %rbp
    1f  retq
own function 8
     0  pushq %rbp
     1  movq %rsp, %rbp
     4  movl %esi, %r8d
     7  movzbq (%rdi, %r8), %rax ; trap: out of bounds memory access
     c  shll $7, %eax
     f  movzbq 1(%rdi, %r8), %rdi ; trap: out of bounds memory access
    15  orl %edi, %eax
    17  movq %rbp, %rsp
    1a  popq %rbp
    1b  retq
