function 0
    0  push rbp
    1  mov rbp,rsp
    4  test edx,edx
    6  je short 0000000000000012h
    8  mov ecx,edx
    a  mov eax,esi
    c  xor edx,edx
    e  div ecx
   10  pop rbp
   11  ret
   12  ud1 eax,[eax+8]                          ; integer divide by zero

function 1
    0  push rbp
    1  mov rbp,rsp
    4  test rdx,rdx
    7  je short 000000000000003Fh
    9  mov rcx,rdx
    c  mov rax,8000000000000000h
   16  xor rax,rsi
   19  not rdx
   1c  or rdx,rax
   1f  je short 0000000000000044h
   21  mov rax,rsi
   24  or rax,rcx
   27  shr rax,20h
   2b  je short 0000000000000037h
   2d  mov rax,rsi
   30  cqo
   32  idiv rcx
   35  pop rbp
   36  ret
   37  mov eax,esi
   39  xor edx,edx
   3b  div ecx
   3d  pop rbp
   3e  ret
   3f  ud1 eax,[eax+8]                          ; integer divide by zero
   44  ud1 eax,[eax+7]                          ; integer overflow

function 2
    0  push rbp
    1  mov rbp,rsp
    4  test edx,edx
    6  je short 000000000000001Ch
    8  cmp edx,0FFFFFFFFh
    b  mov ecx,1
   10  cmovne ecx,edx
   13  mov eax,esi
   15  cdq
   16  idiv ecx
   18  mov eax,edx
   1a  pop rbp
   1b  ret
   1c  ud1 eax,[eax+8]                          ; integer divide by zero

function 3
    0  push rbp
    1  mov rbp,rsp
    4  movsxd rax,esi
    7  imul rax,66666667h
    e  mov rcx,rax
   11  shr rcx,3Fh
   15  sar rax,22h
   19  add eax,ecx
   1b  pop rbp
   1c  ret

function 4
    0  push rbp
    1  mov rbp,rsp
    4  test esi,esi
    6  jne short 000000000000000Ah
    8  pop rbp
    9  ret
    a  ud1 eax,[eax+1]                          ; unreachable

