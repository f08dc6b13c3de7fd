function 0
    0  push rbp
    1  mov rbp,rsp
    4  lea eax,[rsi+rdx]
    7  pop rbp
    8  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  mov eax,esi
    6  sub eax,edx
    8  pop rbp
    9  ret

function 2
    0  push rbp
    1  mov rbp,rsp
    4  push r14
    6  push rbx
    7  cmp esi,[rdi-28h]                        ; out of bounds memory access
    a  jae short 0000000000000037h
    c  mov rax,[rdi-30h]                        ; out of bounds memory access
   10  mov r9d,esi
   13  mov rsi,r9
   16  shl rsi,5
   1a  mov r8d,[rdi-80h]                        ; out of bounds memory access
   1e  cmp [rax+rsi],r8d                        ; out of bounds memory access
   22  jne short 000000000000003Ch
   24  add rax,rsi
   27  mov rdi,[rax+10h]                        ; out of bounds memory access
   2b  mov esi,edx
   2d  mov edx,ecx
   2f  call qword ptr [rax+8]
   32  pop rbx
   33  pop r14
   35  pop rbp
   36  ret
   37  ud1 eax,[eax+4]                          ; undefined element
   3c  mov esi,0Bh
   41  mov ebx,edx
   43  xor edx,edx
   45  mov r14d,ecx
   48  mov rcx,r9
   4b  call qword ptr [rdi-10h]
   4e  mov edx,ebx
   50  mov ecx,r14d
   53  jmp short 0000000000000027h

