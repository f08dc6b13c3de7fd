function 0
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov eax,[rbp-10h]
   1d  mov ecx,[rbp-18h]
   20  mov edx,0
   25  div ecx                                  ; integer divide by zero
   27  mov rbx,[rbp-8]
   2b  leave
   2c  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov rax,[rbp-10h]
   1e  mov rcx,[rbp-18h]
   22  test rcx,rcx
   25  je 0000000000000036h
   2b  cqo
   2d  idiv rcx                                 ; integer overflow
   30  mov rbx,[rbp-8]
   34  leave
   35  ret
   36  ud2                                      ; integer divide by zero

function 2
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov eax,[rbp-10h]
   1d  mov ecx,[rbp-18h]
   20  test ecx,ecx
   22  je 0000000000000041h
   28  cmp ecx,0FFFFFFFFh
   2b  mov edx,0
   30  je 0000000000000039h
   36  cdq
   37  idiv ecx
   39  mov eax,edx
   3b  mov rbx,[rbp-8]
   3f  leave
   40  ret
   41  ud2                                      ; integer divide by zero

function 3
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,10h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov eax,[rbp-10h]
   19  mov ecx,0Ah
   1e  cdq
   1f  idiv ecx
   21  mov rbx,[rbp-8]
   25  leave
   26  ret

function 4
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,10h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  cmp dword ptr [rbp-10h],0
   1a  je 0000000000000022h
   20  ud2                                      ; unreachable
   22  mov rbx,[rbp-8]
   26  leave
   27  ret

