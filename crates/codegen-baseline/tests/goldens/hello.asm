function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,10h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov dword ptr [rbx],8                    ; out of bounds memory access
   18  mov dword ptr [rbx+4],0Eh                ; out of bounds memory access
   1f  mov rax,[rbx-70h]
   23  mov rcx,[rbx-78h]
   27  mov rdi,rax
   2a  mov rax,rcx
   2d  mov esi,1
   32  mov edx,0
   37  mov ecx,1
   3c  mov r8d,18h
   42  call rax
   44  test eax,eax
   46  je 000000000000004Eh
   4c  ud2                                      ; unreachable
   4e  mov rbx,[rbp-8]
   52  leave
   53  ret

