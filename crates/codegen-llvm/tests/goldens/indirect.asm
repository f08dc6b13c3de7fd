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
    7  cmp esi,[rdi-38h]                        ; out of bounds memory access
    a  jae short 000000000000003Ah
    c  mov rax,[rdi-40h]                        ; out of bounds memory access
   10  mov r9d,esi
   13  mov rsi,r9
   16  shl rsi,5
   1a  mov r8d,[rdi-90h]                        ; out of bounds memory access
   21  cmp [rax+rsi],r8d                        ; out of bounds memory access
   25  jne short 000000000000003Fh
   27  add rax,rsi
   2a  mov rdi,[rax+10h]                        ; out of bounds memory access
   2e  mov esi,edx
   30  mov edx,ecx
   32  call qword ptr [rax+8]
   35  pop rbx
   36  pop r14
   38  pop rbp
   39  ret
   3a  ud1 eax,[eax+4]                          ; undefined element
   3f  mov esi,0Bh
   44  mov ebx,edx
   46  xor edx,edx
   48  mov r14d,ecx
   4b  mov rcx,r9
   4e  call qword ptr [rdi-10h]
   51  mov edx,ebx
   53  mov ecx,r14d
   56  jmp short 000000000000002Ah

