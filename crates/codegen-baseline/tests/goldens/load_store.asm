function 0
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,10h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov eax,[rbp-10h]
   19  mov eax,[rbx+rax+8]                      ; out of bounds memory access
   1d  mov ecx,[rbx+10h]                        ; out of bounds memory access
   20  add eax,ecx
   22  mov rbx,[rbp-8]
   26  leave
   27  ret

function 1
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,20h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov [rbp-18h],rdx
   1a  mov [rbp-20h],rcx
   1e  mov eax,[rbp-10h]
   21  mov ecx,[rbp-18h]
   24  mov [rbx+rax+4],ecx                      ; out of bounds memory access
   28  mov rax,[rbp-20h]
   2c  mov [rbx+20h],rax                        ; out of bounds memory access
   30  mov eax,[rbp-10h]
   33  mov byte ptr [rbx+rax],7                 ; out of bounds memory access
   37  mov eax,[rbp-18h]
   3a  mov rcx,[rbp-20h]
   3e  mov [rbx+rax],cx                         ; out of bounds memory access
   42  mov rbx,[rbp-8]
   46  leave
   47  ret

function 2
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,10h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov eax,[rbp-10h]
   19  mov eax,[rbx+rax]                        ; out of bounds memory access
   1c  mov ecx,[rbp-10h]
   1f  movsx ecx,byte ptr [rbx+rcx+1]           ; out of bounds memory access
   24  movsxd rcx,ecx
   27  add rax,rcx
   2a  mov rbx,[rbp-8]
   2e  leave
   2f  ret

function 3
    0  push rbp
    1  mov rbp,rsp
    4  sub rsp,10h
    b  mov [rbp-8],rbx
    f  mov rbx,rdi
   12  mov [rbp-10h],rsi
   16  mov eax,[rbp-10h]
   19  mov rcx,rax
   1c  mov edx,0FFFFFFF4h
   21  add rcx,rdx
   24  mov rdx,[rbx-38h]
   28  cmp rcx,rdx
   2b  ja 0000000000000042h
   31  mov ecx,0FFFFFFF0h
   36  add rax,rcx
   39  mov eax,[rbx+rax]                        ; out of bounds memory access
   3c  mov rbx,[rbp-8]
   40  leave
   41  ret
   42  ud2                                      ; out of bounds memory access

