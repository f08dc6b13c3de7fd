function 1
    0  push rbp
    1  mov rbp,rsp
    4  mov rax,rdi
    7  mov dword ptr [rdi],8                    ; out of bounds memory access
    d  mov dword ptr [rdi+4],0Eh                ; out of bounds memory access
   14  mov rdi,[rdi-70h]                        ; out of bounds memory access
   18  mov esi,1
   1d  xor edx,edx
   1f  mov ecx,1
   24  mov r8d,18h
   2a  call qword ptr [rax-78h]
   2d  test eax,eax
   2f  jne short 0000000000000033h
   31  pop rbp
   32  ret
   33  ud1 eax,[eax+1]                          ; unreachable

