function 0
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov [rbp-20h],rcx
   1e  mov eax,[rbp-10h]
   21  sub eax,[rbp-20h]
   24  mov rbx,[rbp-8]
   28  leave
   29  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov [rbp-20h],rcx
   1e  mov rdi,rbx
   21  mov esi,[rbp-20h]
   24  mov rdx,[rbp-18h]
   28  mov ecx,[rbp-10h]
   2b  call 0000000000000030h                   ; Func(0)-4
   30  mov rbx,[rbp-8]
   34  leave
   35  ret

function 2
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  imul eax,[rbp-10h],3
   1d  mov ecx,[rbp-10h]
   20  add ecx,1
   23  mov [rbp-18h],rax
   27  mov rsi,rcx
   2a  mov rdi,rbx
   2d  mov rdx,0FFFFFFFFFFFFFFFFh
   34  mov ecx,2
   39  call 000000000000003Eh                   ; Func(0)-4
   3e  add eax,[rbp-18h]
   41  mov rbx,[rbp-8]
   45  leave
   46  ret

function 3
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  cmp dword ptr [rbp-10h],0
   1a  jne 000000000000002Dh
   20  mov qword ptr [rbp-18h],1
   28  jmp 0000000000000046h
   2d  mov eax,[rbp-10h]
   30  sub eax,1
   33  mov rsi,rax
   36  mov rdi,rbx
   39  call 000000000000003Eh                   ; Func(3)-4
   3e  imul eax,[rbp-10h]
   42  mov [rbp-18h],rax
   46  mov eax,[rbp-18h]
   49  mov rbx,[rbp-8]
   4d  leave
   4e  ret

